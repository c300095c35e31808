package gateway_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"tradewind/internal/gateway"
	"tradewind/internal/wire"
)

// contract is api/asyncapi.yaml, ready to check messages against.
type contract struct {
	doc      document
	compiler *jsonschema.Compiler
	byEvent  map[string]string // message of components by event
	ack      map[string]string // message of components by the event it answers

	mu      sync.Mutex
	schemas map[string]*jsonschema.Schema
}

// document is the part of the file that is read here.
type document struct {
	Channels   map[string]struct{ Messages map[string]reference }
	Operations map[string]struct {
		Action   string
		Channel  reference
		Messages []reference
		Limit    *struct{ Burst, PerSeconds int } `json:"x-rate-limit"`
		Reply    struct {
			Channel  reference
			Messages []reference
		}
	}
	Components struct {
		Messages map[string]struct {
			Name     string
			Delivery struct{ Class string } `json:"x-delivery"`
		}
	}
}

type reference struct {
	To string `json:"$ref"`
}

// last is the last name of a reference.
func (r reference) last() string { return r.To[strings.LastIndexByte(r.To, '/')+1:] }

const contractURL = "tradewind:///asyncapi.json"

var loadContract = sync.OnceValues(func() (*contract, error) {
	text, err := os.ReadFile("../../api/asyncapi.yaml")
	if err != nil {
		return nil, err
	}
	var parsed any
	if err := yaml.Unmarshal(text, &parsed); err != nil {
		return nil, err
	}
	asJSON, err := json.Marshal(parsed)
	if err != nil {
		return nil, err
	}
	c := &contract{compiler: jsonschema.NewCompiler(), byEvent: make(map[string]string), ack: make(map[string]string), schemas: make(map[string]*jsonschema.Schema)}
	if err := json.Unmarshal(asJSON, &c.doc); err != nil {
		return nil, err
	}
	for key, m := range c.doc.Components.Messages {
		if m.Name != "" {
			c.byEvent[m.Name] = key
		}
	}
	for _, o := range c.doc.Operations {
		if o.Action == "receive" && len(o.Reply.Messages) == 1 {
			c.ack[c.doc.Components.Messages[o.Messages[0].last()].Name] = o.Reply.Messages[0].last()
		}
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		return nil, err
	}
	return c, c.compiler.AddResource(contractURL, doc)
})

func openContract(t *testing.T) *contract {
	t.Helper()
	c, err := loadContract()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// check validates a payload against a message of components.
func (c *contract) check(t *testing.T, message string, payload json.RawMessage) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	schema := c.schemas[message]
	if schema == nil {
		var err error
		if schema, err = c.compiler.Compile(contractURL + "#/components/messages/" + message + "/payload"); err != nil {
			t.Fatal(err)
		}
		c.schemas[message] = schema
	}
	if payload == nil {
		payload = json.RawMessage("null")
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(payload))
	if err != nil {
		t.Fatalf("%s: %v", payload, err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%.500s is not what api/asyncapi.yaml says: %v", payload, err)
	}
}

// checkEvent checks what the server sent, unless the event is one that other processes emit.
func (c *contract) checkEvent(t *testing.T, e event) {
	t.Helper()
	if _, ours := gateway.Deliveries()[e.name]; ours && !bytes.Equal(e.data, []byte(`{"symbol":"EURUSD"}`)) {
		c.check(t, c.byEvent[e.name], e.data)
	}
}

// checkAck checks an ack, of events in the contract and others alike.
func (c *contract) checkAck(t *testing.T, asked string, ack json.RawMessage) {
	t.Helper()
	message, known := c.ack[asked]
	if !known {
		message = "ack"
	}
	c.check(t, message, ack)
}

// The samples are what the dashboard's tests read, too.
func TestContract_Samples(t *testing.T) {
	c := openContract(t)
	files, err := filepath.Glob("../wire/testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	seen := make(map[string]bool)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var sample struct {
			Event, Message string
			Data, Ack      json.RawMessage
		}
		if err := json.Unmarshal(text, &sample); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		switch {
		case sample.Message != "":
			c.check(t, "connectError", text)
		case sample.Ack != nil:
			c.checkAck(t, sample.Event, sample.Ack)
		case sample.Event != "":
			c.checkEvent(t, event{sample.Event, sample.Data})
			seen[sample.Event] = true
		}
	}
	for name := range gateway.Deliveries() {
		if !seen[name] {
			t.Errorf("no sample of %s", name)
		}
	}
}

func TestContract_SameEventsLimitsAndClassesAsTheTables(t *testing.T) {
	c := openContract(t)
	limits, classes := make(map[string][2]int), make(map[string]string)
	sent := make(map[string]bool)
	for _, o := range c.doc.Operations {
		for _, m := range o.Messages {
			name := c.doc.Components.Messages[m.last()].Name
			if o.Limit != nil {
				limits[name] = [2]int{o.Limit.Burst, o.Limit.PerSeconds}
			}
			if o.Action == "send" {
				sent[name] = true
			}
		}
	}
	for _, m := range c.doc.Components.Messages {
		if m.Delivery.Class != "" {
			classes[m.Name] = m.Delivery.Class
		}
		if (m.Delivery.Class != "") != sent[m.Name] {
			t.Errorf("%s has a delivery class, or is sent, but not both", m.Name)
		}
	}
	if diff := cmp.Diff(gateway.Limits(), limits); diff != "" {
		t.Errorf("limits (-gateway +asyncapi):\n%s", diff)
	}
	if diff := cmp.Diff(gateway.Deliveries(), classes); diff != "" {
		t.Errorf("classes (-gateway +asyncapi):\n%s", diff)
	}
}

func TestContract_EveryReferenceLeadsSomewhere(t *testing.T) {
	c := openContract(t)
	for name, channel := range c.doc.Channels {
		for key, m := range channel.Messages {
			if _, ok := c.doc.Components.Messages[m.last()]; !ok || m.last() != key {
				t.Errorf("channel %s: %s leads to %s", name, key, m.To)
			}
		}
	}
	for name, o := range c.doc.Operations {
		for _, m := range append(o.Messages, o.Reply.Messages...) {
			if _, ok := c.doc.Channels[o.Channel.last()].Messages[m.last()]; !ok {
				t.Errorf("operation %s: %s leads nowhere", name, m.To)
			}
		}
	}
	for key := range c.doc.Components.Messages {
		if _, err := c.compiler.Compile(contractURL + "#/components/messages/" + key + "/payload"); err != nil {
			t.Errorf("message %s: %v", key, err)
		}
	}
}

// What clients may send is what the server takes.
func TestContract_Requests_AcceptedAndRefusedAlike(t *testing.T) {
	c := openContract(t)
	for _, r := range []struct {
		event, payload string
		into           json.Unmarshaler
	}{
		{wire.EventSubscribeTrades, `null`, &wire.TradesRequest{}},
		{wire.EventSubscribeTrades, `{}`, &wire.TradesRequest{}},
		{wire.EventSubscribeTrades, `{"after":5,"account":"acc_1"}`, &wire.TradesRequest{}},
		{wire.EventSubscribeTrades, `{"after":-1}`, &wire.TradesRequest{}},
		{wire.EventSubscribeTrades, `{"after":"5"}`, &wire.TradesRequest{}},
		{wire.EventSubscribeTrades, `[5]`, &wire.TradesRequest{}},
		{wire.EventSubscribeWatchlist, `[]`, &wire.WatchlistRequest{}},
		{wire.EventSubscribeWatchlist, `["AAPL"]`, &wire.WatchlistRequest{}},
		{wire.EventSubscribeWatchlist, `[1]`, &wire.WatchlistRequest{}},
		{wire.EventSubscribeWatchlist, `{"symbols":["AAPL"],"intervalMs":60000}`, &wire.WatchlistRequest{}},
		{wire.EventSubscribeWatchlist, `{"symbols":["AAPL"],"intervalMs":60001}`, &wire.WatchlistRequest{}},
		{wire.EventSubscribeWatchlist, `{"intervalMs":5}`, &wire.WatchlistRequest{}},
		{wire.EventSubscribeWatchlist, `"AAPL"`, &wire.WatchlistRequest{}},
	} {
		schema, err := c.compiler.Compile(contractURL + "#/components/messages/" + c.byEvent[r.event] + "/payload")
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(r.payload))
		if err != nil {
			t.Fatal(err)
		}
		documented, taken := schema.Validate(value) == nil, r.into.UnmarshalJSON([]byte(r.payload)) == nil
		if documented != taken {
			t.Errorf("%s %s: documented %v, taken %v", r.event, r.payload, documented, taken)
		}
	}
}
