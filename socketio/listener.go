package socketio

import (
	"net"
	"net/http"

	"tradewind/socketio/engineio"
)

// NewUpgradeListener makes connecting by WebSocket cheaper: what it returns serves
// the handshakes that arrive at l by itself, by calling h, and leaves every other
// connection to an http.Server with the same handler:
//
//	l, err = socketio.NewUpgradeListener(l, "/socket.io/", mux)
//	…
//	err = (&http.Server{Handler: mux}).Serve(l)
//
// Handlers see such a request as any other, but its context has no values, and no
// ConnState or ConnContext of the http.Server is called for it. l is returned as it
// is for TLS and other kinds of listeners, and on systems other than Linux.
func NewUpgradeListener(l net.Listener, prefix string, h http.Handler) (net.Listener, error) {
	return engineio.NewUpgradeListener(l, prefix, h)
}
