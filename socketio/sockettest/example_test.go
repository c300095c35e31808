package sockettest_test

import (
	"context"
	"testing"

	"tradewind/socketio"
	"tradewind/socketio/sockettest"
)

// A handler is tested through a client, in memory.
func Example() {
	_ = func(t *testing.T) { // TestSquare
		io := socketio.NewServer(socketio.Options{})
		socketio.OnAck(io.Namespace, "square", func(_ context.Context, _ *socketio.Socket, n int) (int, error) {
			return n * n, nil
		})

		ack, err := sockettest.New(t, io).Call(t.Context(), "square", 7)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(ack.Raw(0)); got != "49" {
			t.Errorf("the square of 7 is %s", got)
		}
	}
}
