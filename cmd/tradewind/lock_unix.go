//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// lockData keeps a second server off the folder: two of them would both work on
// the same open orders. The lock ends with the process, however that ends.
func lockData(dir string) (unlock func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("DATA_DIR: %w; allowed is a folder that is there or can be made", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, "serve.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("DATA_DIR: %w; allowed is a folder that this user can write to", err)
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		file.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("DATA_DIR: %s is in use by another server; allowed is a folder of its own for each", dir)
		}
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	return file.Close, nil
}
