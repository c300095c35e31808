//go:build !unix

package main

import (
	"fmt"
	"os"
)

// lockData only makes the folder: this system has no advisory lock that ends with the process.
func lockData(dir string) (unlock func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("DATA_DIR: %w; allowed is a folder that is there or can be made", err)
	}
	return func() error { return nil }, nil
}
