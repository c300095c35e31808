package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"tradewind/socketio"
	"tradewind/socketio/client"
)

// A chat with rooms: who joins one hears what the others in it say, and whoever
// speaks is told how many characters were sent.
func Example() {
	io := socketio.NewServer(socketio.Options{})
	socketio.On(io.Namespace, "join", func(ctx context.Context, s *socketio.Socket, room string) error {
		return s.Join(ctx, socketio.Room(room))
	})
	type line struct {
		Room socketio.Room `json:"room"`
		Text string        `json:"text"`
	}
	socketio.OnAck(io.Namespace, "say", func(ctx context.Context, s *socketio.Socket, l line) (int, error) {
		return len(l.Text), s.To(l.Room).Emit(ctx, "said", l.Text)
	})
	srv := httptest.NewServer(io) // or http.Handle("/socket.io/", io)
	defer srv.Close()
	defer io.Close()

	ctx, heard := context.Background(), make(chan string)
	ada, _ := client.Dial(ctx, srv.URL, client.Options{})
	bob, _ := client.Dial(ctx, srv.URL, client.Options{})
	bob.On("said", func(a client.Args) { heard <- a.String() })
	_, _ = bob.Call(ctx, "join", "lobby")
	ack, _ := ada.Call(ctx, "say", line{"lobby", "hello"})
	fmt.Println(ack, <-heard)
	// Output: [5] ["hello"]
}

// The server asks the client and waits for its answer.
func ExampleSocket_Call() {
	io := socketio.NewServer(socketio.Options{})
	answers := make(chan string)
	io.OnConnect(func(ctx context.Context, s *socketio.Socket) {
		args, err := s.Call(ctx, "confirm", "sell 10 AAPL?")
		var yes bool
		if err == nil {
			err = args.Decode(0, &yes)
		}
		answers <- fmt.Sprint(yes, err)
	})
	srv := httptest.NewServer(io)
	defer srv.Close()
	defer io.Close()

	c, _ := client.New(srv.URL, client.Options{})
	c.Answer("confirm", func(question client.Args) []any { return []any{true} })
	_ = c.Connect(context.Background())
	defer c.Close()
	fmt.Println(<-answers)
	// Output: true <nil>
}

// A payload that does not decode never reaches the handler; the client is told why.
func ExampleOnAck() {
	io := socketio.NewServer(socketio.Options{})
	socketio.OnAck(io.Namespace, "add", func(_ context.Context, _ *socketio.Socket, numbers []int) (int, error) {
		sum := 0
		for _, n := range numbers {
			sum += n
		}
		return sum, nil
	})
	srv := httptest.NewServer(io)
	defer srv.Close()
	defer io.Close()

	ctx := context.Background()
	c, _ := client.Dial(ctx, srv.URL, client.Options{})
	defer c.Close()
	for _, payload := range []any{[]int{1, 2, 3}, "1, 2, 3"} {
		ack, _ := c.Call(ctx, "add", payload)
		fmt.Println(ack)
	}
	// Output:
	// [6]
	// [{"ok":false,"error":{"code":"invalid_payload","message":"argument 1: expected an array, got a string"}}]
}

// Binary travels as attachments, at whatever depth it stands.
func ExampleBinary() {
	type file struct {
		Name string          `json:"name"`
		Body socketio.Binary `json:"body"`
	}
	io := socketio.NewServer(socketio.Options{})
	socketio.OnAck(io.Namespace, "upload", func(_ context.Context, _ *socketio.Socket, f file) (file, error) {
		return file{"copy of " + f.Name, f.Body}, nil
	})
	srv := httptest.NewServer(io)
	defer srv.Close()
	defer io.Close()

	ctx := context.Background()
	c, _ := client.Dial(ctx, srv.URL, client.Options{})
	defer c.Close()
	ack, _ := c.Call(ctx, "upload", map[string]any{"name": "logo", "body": []byte{0x89, 'P', 'N', 'G'}})
	var copied file
	_ = ack.Decode(0, &copied)
	fmt.Printf("%s: %x\n", copied.Name, copied.Body)
	// Output: copy of logo: 89504e47
}

// A middleware lets clients in, refuses them with data for their code, and keeps
// what it found out about them.
func ExampleNamespace_Use() {
	users := socketio.NewKey[string]("user")
	io := socketio.NewServer(socketio.Options{})
	io.Use(func(ctx context.Context, s *socketio.Socket) error {
		var auth struct{ Token string }
		if err := s.DecodeAuth(&auth); err != nil || auth.Token != "secret" {
			return &socketio.ConnectError{Message: "Invalid token", Data: map[string]bool{"retryable": false}}
		}
		users.Set(s, "ada")
		return s.Join(ctx, "user:ada")
	})
	socketio.OnAck(io.Namespace, "whoami", func(_ context.Context, s *socketio.Socket, _ socketio.None) (string, error) {
		user, _ := users.Get(s)
		return user, nil
	})
	srv := httptest.NewServer(io)
	defer srv.Close()
	defer io.Close()

	ctx := context.Background()
	_, err := client.Dial(ctx, srv.URL, client.Options{})
	var refused *client.ConnectError
	if errors.As(err, &refused) {
		fmt.Println(refused.Message, string(refused.Data))
	}
	c, _ := client.Dial(ctx, srv.URL, client.Options{Auth: map[string]string{"token": "secret"}})
	defer c.Close()
	ack, _ := c.Call(ctx, "whoami")
	fmt.Println(ack)
	// Output:
	// Invalid token {"retryable":false}
	// ["ada"]
}

// Namespaces have their own handlers, rooms and middlewares over one connection.
func ExampleServer_Of() {
	io := socketio.NewServer(socketio.Options{})
	for _, n := range []*socketio.Namespace{io.Namespace, io.Of("/admin")} {
		socketio.OnAck(n, "where", func(_ context.Context, s *socketio.Socket, _ socketio.None) (string, error) {
			return s.Namespace().Name(), nil
		})
	}
	srv := httptest.NewServer(io)
	defer srv.Close()
	defer io.Close()

	ctx := context.Background()
	for _, namespace := range []string{"/", "/admin", "/nowhere"} {
		c, err := client.Dial(ctx, srv.URL, client.Options{Namespace: namespace})
		var refused *client.ConnectError
		if errors.As(err, &refused) {
			fmt.Println(refused.Message)
			continue
		}
		ack, _ := c.Call(ctx, "where")
		fmt.Println(ack)
		c.Close()
	}
	// Output:
	// ["/"]
	// ["/admin"]
	// Invalid namespace
}

// The server is an http.Handler among others.
func ExampleServer() {
	io := socketio.NewServer(socketio.Options{})
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", io)
	mux.HandleFunc("POST /announce", func(w http.ResponseWriter, r *http.Request) {
		if err := io.Emit(r.Context(), "announcement", r.FormValue("text")); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()
	defer io.Close()

	heard := make(chan string)
	c, _ := client.Dial(context.Background(), srv.URL, client.Options{})
	defer c.Close()
	c.On("announcement", func(a client.Args) { heard <- a.String() })
	resp, _ := http.PostForm(srv.URL+"/announce", map[string][]string{"text": {"lunch"}})
	resp.Body.Close()
	fmt.Println(resp.Status, <-heard)
	// Output: 200 OK ["lunch"]
}
