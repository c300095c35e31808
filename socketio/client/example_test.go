package client_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"time"

	"tradewind/socketio"
	"tradewind/socketio/client"
)

func Example() {
	server := socketio.NewServer(socketio.Options{})
	socketio.OnAck(server.Namespace, "add", func(_ context.Context, _ *socketio.Socket, numbers []int) (int, error) {
		sum := 0
		for _, n := range numbers {
			sum += n
		}
		return sum, nil
	})
	web := httptest.NewServer(server)
	defer web.Close()
	defer server.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := client.Dial(ctx, web.URL, client.Options{Transports: []client.Transport{client.Polling, client.WebSocket}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	answer, err := c.Call(ctx, "add", []int{1, 2, 3})
	fmt.Println(answer, err)
	// Output: [6] <nil>
}

// Handlers that must see every event are registered before Connect.
func ExampleNew() {
	server := socketio.NewServer(socketio.Options{})
	server.OnConnect(func(ctx context.Context, s *socketio.Socket) {
		_ = s.Emit(ctx, "greeting", "hello")
	})
	web := httptest.NewServer(server)
	defer web.Close()
	defer server.Close()

	c, err := client.New(web.URL, client.Options{Reconnect: &client.Backoff{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	greeted := make(chan struct{})
	c.On("greeting", func(args client.Args) {
		var text string
		if err := args.Decode(0, &text); err == nil {
			fmt.Println(text)
		}
		close(greeted)
	})
	if err := c.Connect(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	<-greeted
	// Output: hello
}
