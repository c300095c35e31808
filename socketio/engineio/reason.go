package engineio

import "github.com/gobwas/ws"

// Reason says why a connection ended. The reasons are a closed list; the first
// group has the words of Socket.IO on Node.
type Reason string

// The reasons.
const (
	TransportClose   Reason = "transport close"      // the client closed, or its network did
	TransportError   Reason = "transport error"      // a broken request, frame or heartbeat direction
	PingTimeout      Reason = "ping timeout"         // no pong within PingTimeout
	ParseError       Reason = "parse error"          // bytes that are not the protocol
	ForcedClose      Reason = "forced close"         // closed by the layer above
	ServerShutdown   Reason = "server shutting down" // Close
	PayloadTooLarge  Reason = "payload too large"    // a message over MaxPayload
	SlowConsumer     Reason = "slow consumer"        // the outbox is full
	Flooding         Reason = "flooding"             // sent more than Flood allows
	Drain            Reason = "drain"                // Shutdown closes at a steady pace
	Overload         Reason = "overload"             // the server sheds load
	ConnectTimeout   Reason = "connect timeout"      // joined no namespace in time
	ReplacedByClient Reason = "replaced"             // the client made another connection for the same session
)

// Reasons lists every reason, for metrics.
func Reasons() []Reason {
	return []Reason{TransportClose, TransportError, PingTimeout, ParseError, ForcedClose, ServerShutdown,
		PayloadTooLarge, SlowConsumer, Flooding, Drain, Overload, ConnectTimeout, ReplacedByClient}
}

// status is the WebSocket close code that goes with a reason.
func (r Reason) status() ws.StatusCode {
	switch r {
	case TransportError:
		return ws.StatusProtocolError
	case ParseError:
		return ws.StatusInvalidFramePayloadData
	case PayloadTooLarge:
		return ws.StatusMessageTooBig
	case ServerShutdown:
		return ws.StatusGoingAway
	case SlowConsumer:
		return 4008
	case Flooding:
		return 4009
	case Drain:
		return 4010
	case Overload:
		return 4011
	}
	return ws.StatusNormalClosure
}
