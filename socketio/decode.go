package socketio

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// DecodeError says that an argument does not have the type that its handler
// takes. Its text is fit for users of any language: it speaks of JSON, not of Go.
type DecodeError struct {
	Arg int // its position, from 0
	Err error
}

const (
	errMissing   = constError("is missing")
	errUnwelcome = constError("this event takes no payload")
)

type constError string

func (e constError) Error() string { return string(e) }

// Error implements error.
func (e *DecodeError) Error() string {
	switch e.Err {
	case errUnwelcome:
		return e.Err.Error()
	case errMissing:
		return fmt.Sprintf("argument %d %v", e.Arg+1, e.Err)
	}
	return fmt.Sprintf("argument %d: %s", e.Arg+1, explain(e.Err))
}

// Unwrap returns the cause.
func (e *DecodeError) Unwrap() error { return e.Err }

// explain says what encoding/json found in words of JSON.
func explain(err error) string {
	var (
		wrong  *json.UnmarshalTypeError
		syntax *json.SyntaxError
		base   base64.CorruptInputError
		date   *time.ParseError
	)
	switch {
	case errors.As(err, &wrong):
		text := mismatch(wrong)
		if wrong.Field != "" {
			text = wrong.Field + ": " + text
		}
		return text
	case errors.As(err, &syntax):
		return "is not valid JSON"
	case errors.As(err, &base):
		return "expected binary or a base64 string"
	case errors.As(err, &date):
		return "expected a time such as 2006-01-02T15:04:05Z"
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// mismatch says what was expected and what came instead.
func mismatch(e *json.UnmarshalTypeError) string {
	got := map[string]string{
		"string": "a string", "bool": "a boolean", "array": "an array", "object": "an object", "null": "null", "number": "a number",
	}[e.Value]
	literal, isNumber := strings.CutPrefix(e.Value, "number ")
	if isNumber { // a number of the wrong range or with a fraction
		got = literal
	}
	if got == "" {
		got = e.Value
	}
	return fmt.Sprintf("expected %s, got %s", expected(e.Type, isNumber), got)
}

// expected names what JSON a Go type is read from; with its range, where a number missed it.
func expected(t reflect.Type, outOfRange bool) string {
	if t == nil {
		return "something else"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return expected(t.Elem(), outOfRange)
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "a boolean"
	case reflect.Int8, reflect.Int16, reflect.Int32:
		if outOfRange {
			limit := int64(1) << (t.Bits() - 1)
			return fmt.Sprintf("a whole number from %d to %d", -limit, limit-1)
		}
		return "a whole number"
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		if outOfRange {
			return fmt.Sprintf("a whole number from 0 to %d", int64(1)<<t.Bits()-1)
		}
		return "a whole number"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return "a whole number from 0"
	case reflect.Float32, reflect.Float64:
		if outOfRange {
			return "a smaller number"
		}
		return "a number"
	case reflect.Slice, reflect.Array:
		if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
			return "binary or a base64 string"
		}
		return "an array"
	case reflect.Map, reflect.Struct:
		if isText(t) {
			return "a string"
		}
		return "an object"
	}
	return "something else"
}

// isText tells of types that read themselves from a JSON string.
func isText(t reflect.Type) bool {
	type unmarshaler interface{ UnmarshalText([]byte) error }
	return reflect.PointerTo(t).Implements(reflect.TypeFor[unmarshaler]())
}
