//go:build !linux

package engineio

import (
	"net"
	"net/http"
)

func newUpgradeListener(l *net.TCPListener, _ string, _ http.Handler) (net.Listener, error) {
	return l, nil
}

// takeDescriptor finds nothing: descriptors are accepted on Linux only.
func takeDescriptor(http.ResponseWriter) (d descriptor, ok bool) { return d, false }

type descriptor struct{ early []byte }

func (descriptor) stream(*Shard, *websocket) stream { return nil }
func (descriptor) close()                           {}
