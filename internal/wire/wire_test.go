package wire_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
)

var update = flag.Bool("update", false, "write testdata from the samples")

func TestSamples_OfEveryPayload_MatchTestdata(t *testing.T) {
	wanted := map[string]bool{}
	for _, s := range samples() {
		file := filepath.Join("testdata", s.name+".json")
		wanted[file] = true
		t.Run(s.name, func(t *testing.T) {
			got := s.file(t)
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v; write it with go test ./internal/wire -update", err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s differs (-file +now):\n%s", file, diff)
			}
		})
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !wanted[file] {
			t.Errorf("%s has no sample", file)
		}
	}
}

// file is the sample as it stands in testdata.
func (s sample) file(t *testing.T) []byte {
	t.Helper()
	var members struct {
		Event   string          `json:"event,omitempty"`
		Message string          `json:"message,omitempty"`
		Data    json.RawMessage `json:"data,omitempty"`
		Ack     json.RawMessage `json:"ack,omitempty"`
	}
	members.Event = s.event
	switch {
	case s.refusal != nil:
		members.Message, members.Data = s.refusal.Message, encode(t, *s.refusal)
	case s.ack != nil:
		members.Ack = encode(t, s.ack)
	default:
		members.Data = encode(t, s.data)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(members); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// encode checks that appending and marshalling agree and that appending keeps what was there.
func encode(t *testing.T, p wire.Payload) json.RawMessage {
	t.Helper()
	appended, err := p.AppendJSON([]byte("42"))
	if err != nil {
		t.Fatal(err)
	}
	marshalled, err := p.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if string(appended) != "42"+string(marshalled) {
		t.Fatalf("AppendJSON wrote %s, MarshalJSON %s", appended, marshalled)
	}
	if !json.Valid(marshalled) {
		t.Fatalf("not JSON: %s", marshalled)
	}
	return marshalled
}

func TestFromEntry_IncompleteEntry_IsAnErrorNotAPanic(t *testing.T) {
	for _, kind := range []trading.EntryKind{trading.EntryFill, trading.EntryRejection, trading.EntryOrder, trading.EntryAccount, "from the future"} {
		_, payload := wire.FromEntry(trading.Entry{Account: "acc_1", Seq: 1, Kind: kind})
		if dst, err := payload.AppendJSON([]byte("kept")); err == nil || string(dst) != "kept" {
			t.Errorf("%s: got %q, %v", kind, dst, err)
		}
	}
	_, broken := wire.FromEntry(trading.Entry{Kind: trading.EntryAccount,
		Adjustment: &trading.Adjustment{Kind: trading.Published, Payload: json.RawMessage(`{`)}})
	if _, err := broken.MarshalJSON(); err == nil {
		t.Error("a broken published payload was written")
	}
}

func TestWatchlistRequest_Forms(t *testing.T) {
	for text, want := range map[string]string{
		`["aapl","MSFT","Aapl"," msft "]`:      "AAPL MSFT 0s",
		` []`:                                  " 0s",
		`{"symbols":["tsla"]}`:                 "TSLA 0s",
		`{"symbols":[],"intervalMs":60000}`:    " 1m0s",
		`{"symbols":["a"],"intervalMs":250}`:   "A 250ms",
		`{"symbols":["a"],"intervalMs":60001}`: "intervalMs must be between 0 and 60000",
		`{"symbols":["a"],"intervalMs":-1}`:    "intervalMs must be between 0 and 60000",
		`{"symbols":["a"],"intervalMs":1.5}`:   "payload must be",
		`{"symbols":"AAPL"}`:                   "payload must be",
		`{}`:                                   "payload must be",
		`"AAPL"`:                               "payload must be",
		`[1]`:                                  "payload must be",
		`["AAPL",null]`:                        "payload must be",
		`{"symbols":[null]}`:                   "payload must be",
		`null`:                                 "payload must be",
	} {
		var r wire.WatchlistRequest
		got := ""
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			got = err.Error()
		} else {
			var symbols []string
			for _, s := range r.Normal() {
				symbols = append(symbols, string(s))
			}
			got = strings.Join(symbols, " ") + " " + r.Interval.String()
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestTradesRequest_Forms(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                              `live `,
		`null`:                            `live `,
		`{"after":null}`:                  `live `,
		`{"after":0}`:                     `0 `,
		`{"after":17,"account":"acc_1"}`:  `17 acc_1`,
		`{"after":-1}`:                    "error",
		`{"after":1.5}`:                   "error",
		`{"after":"1"}`:                   "error",
		`{"after":1e30}`:                  "error",
		`{"after":1,"account":{"id":12}}`: "error",
		`[]`:                              "error",
		`7`:                               "error",
	} {
		var r wire.TradesRequest
		got := "error"
		if err := json.Unmarshal([]byte(text), &r); err == nil {
			got = "live " + string(r.Account)
			if r.After != nil {
				got = strconv.FormatInt(int64(*r.After), 10) + " " + string(r.Account)
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestCredential_Forms(t *testing.T) {
	for text, want := range map[string]wire.Credential{
		`{"sessionID":"s"}`:             {SessionID: "s"},
		`{"token":"t","sessionID":"s"}`: {SessionID: "s", Token: "t"},
		`{"sessionID":17}`:              {Malformed: true},
		`{"sessionID":{"a":1}}`:         {Malformed: true},
		`{"sessionID":null}`:            {},
		`{}`:                            {},
		`"s"`:                           {},
		`null`:                          {},
	} {
		var c wire.Credential
		if err := json.Unmarshal([]byte(text), &c); err != nil || c != want {
			t.Errorf("%s: got %+v, %v, want %+v", text, c, err, want)
		}
	}
	if !(wire.Credential{}).Empty() || (wire.Credential{Malformed: true}).Empty() {
		t.Error("only nothing at all is empty")
	}
}
