package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tradewind/internal/trading"
)

// bodyTimeout bounds how long a client may take to send a body, whether or not
// anybody reads it: the server reads what is left before it answers.
const bodyTimeout = 10 * time.Second

// readBody reads a JSON body of at most limit bytes.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if err := checkMediaType(r); err != nil {
		return nil, err
	}
	tooLarge := newProblem(http.StatusRequestEntityTooLarge, codeBodyTooLarge, "The body is larger than %d bytes.", limit)
	if r.ContentLength > limit {
		w.Header().Set("Connection", "close") // rather than read what nobody wants
		return nil, tooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var overLimit *http.MaxBytesError
	switch {
	case errors.As(err, &overLimit):
		return nil, tooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, newProblem(http.StatusRequestTimeout, codeBodyTimeout, "The body did not arrive within %s.", bodyTimeout)
	case err != nil:
		return nil, newProblem(http.StatusBadRequest, codeInvalidRequest, "The body could not be read.")
	case len(body) == 0:
		return nil, newProblem(http.StatusBadRequest, codeInvalidRequest, "The body is empty; a JSON object is expected.")
	case !utf8.Valid(body):
		return nil, newProblem(http.StatusBadRequest, codeInvalidRequest, "The body is not valid UTF-8.")
	}
	return body, nil
}

func checkMediaType(r *http.Request) error {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return newProblem(http.StatusUnsupportedMediaType, codeUnsupportedMedia, "Content-Encoding %.40q is not supported; send the body as it is.", coding)
	}
	text := r.Header.Get("Content-Type")
	if text == "" && r.ContentLength == 0 {
		return nil // readBody will say that the body is empty
	}
	mediaType, params, err := mime.ParseMediaType(text)
	if err != nil || mediaType != jsonContentType {
		return newProblem(http.StatusUnsupportedMediaType, codeUnsupportedMedia, "Content-Type %.80q is not supported; send application/json.", text)
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return newProblem(http.StatusUnsupportedMediaType, codeUnsupportedMedia, "The charset %.40q is not supported; send UTF-8.", charset)
	}
	return nil
}

// fields reads a JSON object field by field, strictly: names match exactly, none
// twice, none unknown, nothing behind the object. What is wrong is gathered, so
// that one answer names it all; done returns it. null counts as absent.
type fields struct {
	values map[string]json.RawMessage
	known  []string
	errs   []inputError
}

// parseFields splits the body into fields; names are those that are allowed.
func parseFields(body []byte, names ...string) (*fields, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	first, err := dec.Token()
	if err != nil {
		return nil, notJSON(err)
	}
	if first != json.Delim('{') {
		return nil, newProblem(http.StatusBadRequest, codeInvalidRequest, "The body must be a JSON object.")
	}
	f := &fields{values: make(map[string]json.RawMessage, len(names)), known: names}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, notJSON(err)
		}
		name, _ := token.(string) // the decoder lets nothing else be a key
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, notJSON(err)
		}
		f.add(name, value)
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		return nil, notJSON(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, newProblem(http.StatusBadRequest, codeInvalidRequest, "The body has something behind the JSON object.")
	}
	return f, nil
}

func notJSON(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return newProblem(http.StatusBadRequest, codeInvalidRequest, "The body is not valid JSON: it ends too early.")
	}
	return newProblem(http.StatusBadRequest, codeInvalidRequest, "The body is not valid JSON: %.200s.", err)
}

func (f *fields) add(name string, value json.RawMessage) {
	if len(f.errs) >= maxReportedInputError {
		return
	}
	if !slices.Contains(f.known, name) {
		f.fail(name, "%.40q is not a field; allowed are %s", name, strings.Join(f.known, ", "))
		return
	}
	if _, twice := f.values[name]; twice {
		f.fail(name, "%s is given twice", name)
		return
	}
	f.values[name] = value
}

// fail reports what is wrong with a field or, as in "symbols/3", a part of it,
// or with no name the whole body.
func (f *fields) fail(name, format string, args ...any) {
	if len(f.errs) < maxReportedInputError {
		f.errs = append(f.errs, inputError{Detail: fmt.Sprintf(format, args...), Pointer: pointer(name)})
	}
}

// pointer is the JSON pointer of a field, whose name a client may have made up;
// no name stands for the whole body.
func pointer(name string) string {
	if name == "" {
		return ""
	}
	const longest = 80
	if len(name) > longest {
		name = strings.ToValidUTF8(name[:longest], "")
	}
	return "/" + strings.ReplaceAll(name, "~", "~0")
}

// done returns the answer to everything that was wrong, nil if nothing was.
func (f *fields) done() error {
	if len(f.errs) == 0 {
		return nil
	}
	return invalid(f.errs...)
}

func (f *fields) has(name string) bool {
	value, ok := f.values[name]
	return ok && string(value) != "null"
}

// require reports an absent field.
func (f *fields) require(name string) bool {
	if f.has(name) {
		return true
	}
	if !slices.ContainsFunc(f.errs, func(e inputError) bool { return e.Pointer == pointer(name) }) {
		f.fail(name, "%s is missing", name)
	}
	return false
}

// text reads a string; an absent one is empty.
func (f *fields) text(name string) string {
	if !f.has(name) {
		return ""
	}
	var s string
	if err := json.Unmarshal(f.values[name], &s); err != nil {
		f.fail(name, "%s must be a string", name)
	}
	return s
}

// requiredText reads a string of 1 to longest bytes.
func (f *fields) requiredText(name string, longest int) string {
	if !f.require(name) {
		return ""
	}
	before := len(f.errs)
	s := f.text(name)
	if len(f.errs) == before && (s == "" || len(s) > longest) {
		f.fail(name, "%s must have 1 to %d bytes", name, longest)
	}
	return s
}

// choice reads one of a few words; an absent one is the first if it is optional.
func (f *fields) choice(name string, allowed ...string) string {
	if !f.require(name) {
		return ""
	}
	before := len(f.errs)
	s := f.text(name)
	if len(f.errs) == before && !slices.Contains(allowed, s) {
		f.fail(name, "%s is %.40q; allowed are %s", name, s, strings.Join(allowed, ", "))
	}
	return s
}

// decimal reads a JSON number exactly; an absent one is zero.
func (f *fields) decimal(name string) trading.Decimal {
	if !f.has(name) {
		return trading.Decimal{}
	}
	value := f.values[name]
	if c := value[0]; c != '-' && (c < '0' || c > '9') {
		f.fail(name, "%s must be a number", name)
		return trading.Decimal{}
	}
	d, err := trading.ParseDecimal(string(value))
	if err != nil {
		f.fail(name, "%s: %s", name, err)
	}
	return d
}
