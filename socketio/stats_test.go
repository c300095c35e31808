package socketio_test

import (
	"context"
	"testing"

	"tradewind/socketio"
	"tradewind/socketio/client"
)

func TestStatsAddUp(t *testing.T) {
	st := serve(t, socketio.Options{Shards: 3}, func(io *socketio.Server) {
		io.OnConnect(func(ctx context.Context, s *socketio.Socket) { _ = s.Join(ctx, "r") })
		echo[int](io, "int")
		io.Of("/a")
	})
	const clients, calls = 6, 5
	for i := range clients {
		c := st.client(client.Options{Transports: []client.Transport{[]client.Transport{client.WebSocket, client.Polling}[i%2]}})
		for n := range calls {
			call(t, c, "int", n)
		}
	}
	a := st.client(client.Options{Namespace: "/a"})
	must(t, st.To("r").Emit(soon(t), "news"))
	out := int64(clients*(1+calls) + 1 + clients) // CONNECT and acks, CONNECT of /a, the broadcast
	eventually(t, "everything is sent", func() bool { return st.Stats().MessagesOut >= out })
	s := st.Stats()
	if s.Connections != clients+1 || s.Sockets != clients+1 || s.WebSockets != clients/2+1 {
		t.Errorf("%d connections, %d sockets, %d WebSockets", s.Connections, s.Sockets, s.WebSockets)
	}
	if s.Rooms < 1 || s.Rooms > 3 { // one room, counted on each shard it has members on
		t.Errorf("%d rooms", s.Rooms)
	}
	if in := int64(clients*(1+calls) + 1); s.MessagesIn != in || s.MessagesOut != out {
		t.Errorf("%d messages in of %d, %d out of %d", s.MessagesIn, in, s.MessagesOut, out)
	}
	if s.QueuedBytes != 0 || s.Dropped != 0 || s.BytesIn == 0 || s.BytesOut == 0 {
		t.Errorf("stats are %+v", s)
	}
	a.Abort()
	eventually(t, "the end is counted", func() bool { return st.Stats().ClosedByReason[socketio.TransportClose] == 1 })
	if s := st.Stats(); s.Connections != clients || s.Sockets != clients {
		t.Errorf("%d connections, %d sockets", s.Connections, s.Sockets)
	}
}
