package socketio_test

import (
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tradewind/socketio"
)

func TestDecodeErrorSpeaksOfJSON(t *testing.T) {
	type inner struct {
		Price float32   `json:"price"`
		When  time.Time `json:"when"`
		Code  int8      `json:"code"`
		Count uint16    `json:"count"`
		Big   uint      `json:"big"`
		On    bool      `json:"on"`
		Blob  []byte    `json:"blob"`
		Addr  netip.Addr
		Ref   *int `json:"ref"`
		Tags  map[string]string
		Any   interface{ M() } `json:"any"`
	}
	type outer struct {
		Inner inner   `json:"inner"`
		List  []inner `json:"list"`
	}
	for text, want := range map[string]string{
		`1`:                               "expected an object, got a number",
		`"x"`:                             "expected an object, got a string",
		`true`:                            "expected an object, got a boolean",
		`{"list":{}}`:                     "list: expected an array, got an object",
		`{"inner":{"price":"1"}}`:         "inner.price: expected a number, got a string",
		`{"inner":{"price":1e99}}`:        "inner.price: expected a smaller number, got 1e99",
		`{"inner":{"code":300}}`:          "inner.code: expected a whole number from -128 to 127, got 300",
		`{"inner":{"code":[]}}`:           "inner.code: expected a whole number, got an array",
		`{"inner":{"count":-1}}`:          "inner.count: expected a whole number from 0 to 65535, got -1",
		`{"inner":{"count":"-1"}}`:        "inner.count: expected a whole number, got a string",
		`{"inner":{"big":-1}}`:            "inner.big: expected a whole number from 0, got -1",
		`{"inner":{"on":1}}`:              "inner.on: expected a boolean, got a number",
		`{"inner":{"blob":1}}`:            "inner.blob: expected binary or a base64 string, got a number",
		`{"inner":{"blob":"%"}}`:          "expected binary or a base64 string",
		`{"inner":{"when":"yesterday"}}`:  "expected a time such as 2006-01-02T15:04:05Z",
		`{"inner":{"Addr":5}}`:            "inner.Addr: expected a string, got a number",
		`{"inner":{"ref":"x"}}`:           "inner.ref: expected a whole number, got a string",
		`{"inner":{"Tags":[]}}`:           "inner.Tags: expected an object, got an array",
		`{"inner":{"any":{}}}`:            "inner.any: expected something else, got an object",
		`{`:                               "is not valid JSON",
		`{"list":[{"price":1},{"on":2}]}`: "list.on: expected a boolean, got a number",
	} {
		var v outer
		err := json.Unmarshal([]byte(text), &v)
		if err == nil {
			t.Errorf("%s: decodes", text)
			continue
		}
		decode := &socketio.DecodeError{Arg: 1, Err: err}
		if got := decode.Error(); got != "argument 2: "+want {
			t.Errorf("%s:\n got %s\nwant argument 2: %s", text, got, want)
		}
		if !errors.Is(decode, err) {
			t.Errorf("%s: the cause is lost", text)
		}
	}
}

func TestDecodeErrorKeepsOtherCauses(t *testing.T) {
	for err, want := range map[error]string{
		errors.New("price has too many digits"):     "argument 1: price has too many digits",
		errors.New("json: unknown field \"x\""):     "argument 1: unknown field \"x\"",
		&json.UnmarshalTypeError{Value: "surprise"}: "argument 1: expected something else, got surprise",
	} {
		if got := (&socketio.DecodeError{Err: err}).Error(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Whatever a client sends, its answer never speaks of Go.
func FuzzDecodeError(f *testing.F) {
	for _, seed := range []string{`1`, `{"a":{"b":[1]}}`, `[1,"x"]`, `"x"`, `null`, `{"b":1e999}`, `{"c":"!"}`} {
		f.Add(seed)
	}
	type target struct {
		A map[string][]string `json:"a"`
		B float64             `json:"b"`
		C []byte              `json:"c"`
		D int8                `json:"d"`
	}
	f.Fuzz(func(t *testing.T, text string) {
		var v target
		err := json.Unmarshal([]byte(text), &v)
		if err == nil {
			return
		}
		got := (&socketio.DecodeError{Err: err}).Error()
		for _, word := range []string{"Go ", "json:", "unmarshal", "struct"} {
			if strings.Contains(got, word) && !strings.Contains(text, word) {
				t.Errorf("%q: %s", text, got)
			}
		}
	})
}
