package loadtest

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	sio "tradewind/socketio/client"
)

// ErrNoClient is what Run returns when not one client could connect.
var ErrNoClient = errors.New("no client could connect")

// parseError marks what no server may send.
type parseError struct{ error }

// refusedError is a CONNECT_ERROR.
type refusedError struct{ message, code string }

func (e refusedError) Error() string {
	if e.code != "" {
		return "connect refused: " + e.message + " (" + e.code + ")"
	}
	return "connect refused: " + e.message
}

// statusError is an HTTP answer that is no upgrade.
type statusError struct{ status, body string }

func (e statusError) Error() string { return "upgrade answered with " + e.status }

// describe makes one text of all errors that are alike: without addresses and ids.
func describe(err error) string {
	var (
		number  syscall.Errno
		timeout net.Error
		refused *sio.ConnectError
	)
	switch {
	case errors.As(err, &number):
		return number.Error()
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, io.EOF):
		return "the server closed the connection"
	case errors.As(err, &refused):
		return refusedError{refused.Message, textOf(refused.Data, `"code":"`)}.Error()
	}
	return err.Error()
}

// pingTimeout is the end of a connection on which nothing came in time.
const pingTimeout = "ping timeout"

// reasonOf says why a connection ended, in the words of the JavaScript client.
func reasonOf(err error) string {
	var (
		closed  closedError
		timeout net.Error
		ended   *sio.DisconnectError
	)
	switch {
	case errors.As(err, &ended):
		if ended.Code != 0 {
			return closedError{ended.Code, ended.Text}.Error()
		}
		return string(ended.Reason)
	case errors.As(err, &closed), errors.Is(err, errLeft), errors.Is(err, errClosed):
		return err.Error()
	case errors.As(err, new(parseError)):
		return "parse error"
	case errors.As(err, &timeout) && timeout.Timeout():
		return pingTimeout
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "transport close"
	}
	return "transport error"
}
