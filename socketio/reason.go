package socketio

import (
	"slices"

	"tradewind/socketio/engineio"
)

// Reason says why a socket ended, from one closed list; see Reasons.
type Reason = engineio.Reason

// The reasons. A stock client reconnects by itself after all but ServerDisconnect
// and ClientDisconnect.
const (
	ClientDisconnect Reason = "client namespace disconnect" // the client left the namespace
	ServerDisconnect Reason = "server namespace disconnect" // Socket.Disconnect

	TransportClose   = engineio.TransportClose
	TransportError   = engineio.TransportError
	PingTimeout      = engineio.PingTimeout
	ParseError       = engineio.ParseError
	ForcedClose      = engineio.ForcedClose
	ServerShutdown   = engineio.ServerShutdown
	PayloadTooLarge  = engineio.PayloadTooLarge
	SlowConsumer     = engineio.SlowConsumer
	Flooding         = engineio.Flooding
	Drain            = engineio.Drain
	Overload         = engineio.Overload
	ConnectTimeout   = engineio.ConnectTimeout
	ReplacedByClient = engineio.ReplacedByClient
)

// Reasons lists every reason a socket can end for.
func Reasons() []Reason {
	return append(slices.Clone(engineio.Reasons()), ClientDisconnect, ServerDisconnect)
}
