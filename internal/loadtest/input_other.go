//go:build !unix

package loadtest

import "net"

// newInput reads with a buffer for each connection.
func newInput(conn net.Conn) (input, error) {
	return &buffered{conn: conn, own: new(buffer)}, nil
}
