package main

import (
	"bytes"
	"crypto/sha256"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tradewind/socketio/client"
	"tradewind/socketio/examples/exampletest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestBytesComeBackInTheAck(t *testing.T) {
	c := exampletest.Serve(t, newServer()).Dial(client.Options{})
	data := bytes.Repeat([]byte{0, 0xff, '"'}, 100_000)
	ack, err := c.Call(t.Context(), "sha256", data)
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	if want := sha256.Sum256(data); ack.Decode(0, &got) != nil || !bytes.Equal(got, want[:]) {
		t.Errorf("got %x, want %x", got, want)
	}
}

func TestOthersGetFilesAndWhatIsRelayed(t *testing.T) {
	s := exampletest.Serve(t, newServer())
	ada, bob := s.Dial(client.Options{}), s.Dial(client.Options{})
	got := make(chan client.Args, 2)
	bob.On("file", func(a client.Args) { got <- a })
	bob.On("relayed", func(a client.Args) { got <- a })
	body := []byte{0x89, 'P', 'N', 'G', 0}
	if ack := exampletest.Call(t, ada, "share", map[string]any{"name": "logo", "body": body}); ack != "[5]" {
		t.Errorf("share: %s", ack)
	}
	exampletest.Call(t, ada, "relay", "anything", map[string]any{"of": []any{body}})
	next := func() client.Args {
		select {
		case a := <-got:
			return a
		case <-time.After(10 * time.Second):
			t.Fatal("nothing came")
			return client.Args{}
		}
	}
	var f struct {
		Name string
		Body []byte
	}
	if a := next(); a.Decode(0, &f) != nil || f.Name != "logo" || !bytes.Equal(f.Body, body) {
		t.Errorf("file: %s", a)
	}
	var relayed struct{ Of [][]byte }
	if a := next(); a.Decode(1, &relayed) != nil || len(relayed.Of) != 1 || !bytes.Equal(relayed.Of[0], body) {
		t.Errorf("relayed: %s", a)
	}
}
