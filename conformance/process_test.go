package conformance_test

import (
	"os"
	"testing"

	"tradewind/conformance/process"
)

// TestCommand holds the command that runs the servers for the public suites to
// every case of theirs, with its own defaults.
func TestCommand(t *testing.T) {
	if os.Getenv("ENGINE_URL") != "" || os.Getenv("SOCKET_URL") != "" {
		t.Skip("other servers are tested, by ENGINE_URL and SOCKET_URL")
	}
	bin := process.Build(t)
	engine := newServer(t, process.Start(t, bin, "engine").URL+"/engine.io/")
	socket := newServer(t, process.Start(t, bin, "socket").URL+"/socket.io/")
	for _, c := range []struct {
		name   string
		run    func(*testing.T, *server)
		server *server
	}{
		{"engine handshake", engineHandshake, engine},
		{"engine errors", engineErrors, engine},
		{"engine polling", enginePolling, engine},
		{"engine heartbeat", engineHeartbeat, engine},
		{"engine websocket", engineWebSocket, engine},
		{"engine upgrade", engineUpgrade, engine},
		{"socket connect", socketConnect, socket},
		{"socket violations", socketViolations, socket},
		{"socket disconnect", socketDisconnect, socket},
		{"socket messages", socketMessages, socket},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, c.server) })
	}
}
