package conformance_test

import (
	"testing"
	"time"

	"tradewind/conformance/node"
	"tradewind/socketio"
)

// TestStockClient2 runs conformance/js/eio3.test.mjs: the cases of an unmodified
// client of Socket.IO 2, on Engine.IO 3, over every transport.
func TestStockClient2(t *testing.T) {
	node.Install(t)
	url := stockServer(t, socketio.Options{AllowEIO3: true})
	node.Test(t, 2*time.Minute, map[string]string{"SERVER_URL": url}, "eio3.test.mjs")
}
