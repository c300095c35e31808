package httpapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"tradewind/internal/httpapi"
)

// contract is api/openapi.yaml, ready to check answers against.
type contract struct {
	doc      map[string]any
	compiler *jsonschema.Compiler

	mu      sync.Mutex
	schemas map[string]*jsonschema.Schema
}

const contractURL = "tradewind:///openapi.json"

// loadContract reads the file once for all tests.
var loadContract = sync.OnceValues(func() (*contract, error) {
	text, err := os.ReadFile("../../api/openapi.yaml")
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
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		return nil, err
	}
	c := &contract{doc: doc.(map[string]any), compiler: jsonschema.NewCompiler(), schemas: make(map[string]*jsonschema.Schema)}
	c.compiler.AssertFormat()
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

// at follows a path of member names, and references on the way; it returns where it ended.
func (c *contract) at(names ...string) (value any, pointer string, ok bool) {
	value, pointer = c.doc, ""
	for _, name := range names {
		m, isObject := value.(map[string]any)
		if !isObject {
			return nil, "", false
		}
		if value, ok = m[name]; !ok {
			return nil, "", false
		}
		pointer += "/" + escape(name)
		for {
			m, _ := value.(map[string]any)
			ref, isRef := m["$ref"].(string)
			if !isRef {
				break
			}
			var parts []string
			for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
				parts = append(parts, strings.NewReplacer("~1", "/", "~0", "~").Replace(part))
			}
			if value, pointer, ok = c.at(parts...); !ok {
				return nil, "", false
			}
		}
	}
	return value, pointer, true
}

func escape(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }

// validate checks a value against the schema under a pointer.
func (c *contract) validate(pointer string, value any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	schema := c.schemas[pointer]
	if schema == nil {
		var err error
		if schema, err = c.compiler.Compile(contractURL + "#" + strings.NewReplacer("{", "%7B", "}", "%7D").Replace(pointer)); err != nil {
			return err
		}
		c.schemas[pointer] = schema
	}
	return schema.Validate(value)
}

// route finds the path of the file that a URL path belongs to.
func (c *contract) route(path string) string {
	paths := c.doc["paths"].(map[string]any)
	if _, literal := paths[path]; literal {
		return path
	}
	segments := strings.Split(path, "/")
	for candidate := range paths {
		pattern := strings.Split(candidate, "/")
		if len(pattern) == len(segments) && slices.EqualFunc(pattern, segments, func(p, s string) bool { return p == s || strings.HasPrefix(p, "{") }) {
			return candidate
		}
	}
	return ""
}

// check says how an answer differs from the contract.
func (c *contract) check(method, path string, status int, header http.Header, body []byte) error {
	route := c.route(path)
	if route == "" || method == "OPTIONS" || status == http.StatusMethodNotAllowed {
		return c.checkBody("/components/schemas/Problem", header, body) // outside the paths: a problem or nothing
	}
	method = strings.ToLower(method)
	if method == "head" {
		return nil
	}
	answer, pointer, ok := c.at("paths", route, method, "responses", fmt.Sprint(status))
	if !ok && status == http.StatusInternalServerError {
		return c.checkBody("/components/schemas/Problem", header, body) // anything may fail; nobody plans for it
	}
	if !ok {
		return fmt.Errorf("%s %s: status %d is not in the contract", method, route, status)
	}
	if err := checkHeaders(c, answer, header); err != nil {
		return fmt.Errorf("%s %s %d: %w", method, route, status, err)
	}
	content, _ := answer.(map[string]any)["content"].(map[string]any)
	if content == nil {
		if len(body) > 0 {
			return fmt.Errorf("%s %s %d: a body, which is not in the contract", method, route, status)
		}
		return nil
	}
	mediaType, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	if _, ok := content[mediaType]; !ok {
		return fmt.Errorf("%s %s %d: Content-Type %q is not in the contract", method, route, status, mediaType)
	}
	if mediaType == "text/csv" {
		return nil
	}
	if err := c.checkBody(pointer+"/content/"+escape(mediaType)+"/schema", header, body); err != nil {
		return fmt.Errorf("%s %s %d: %w", method, route, status, err)
	}
	return nil
}

func checkHeaders(c *contract, answer any, header http.Header) error {
	headers, _ := answer.(map[string]any)["headers"].(map[string]any)
	for name, described := range headers {
		h := described.(map[string]any)
		if ref, ok := h["$ref"].(string); ok {
			resolved, _, _ := c.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
			h = resolved.(map[string]any)
		}
		if h["required"] == true && header.Get(name) == "" {
			return fmt.Errorf("header %s is missing", name)
		}
	}
	return nil
}

func (c *contract) checkBody(pointer string, header http.Header, body []byte) error {
	if len(body) == 0 {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("body is not JSON: %w: %s", err, body)
	}
	if err := c.validate(pointer, value); err != nil {
		return fmt.Errorf("%w\n%s", err, body)
	}
	return nil
}

func TestContract_NamesEveryRouteAndNoOther(t *testing.T) {
	c := openContract(t)
	var described []string
	for path, item := range c.doc["paths"].(map[string]any) {
		for _, method := range []string{"get", "put", "post", "patch", "delete"} {
			if _, ok := item.(map[string]any)[method]; ok {
				described = append(described, strings.ToUpper(method)+" "+path)
			}
		}
	}
	served := httpapi.Routes()
	slices.Sort(served)
	slices.Sort(described)
	if !slices.Equal(served, described) {
		t.Errorf("served    %q\ndescribed %q", served, described)
	}
}

func TestContract_RoutesAreSecuredAsDescribed(t *testing.T) {
	c := openContract(t)
	f := newFixture(t)
	for _, line := range httpapi.Routes() {
		method, path, _ := strings.Cut(line, " ")
		operation, _, _ := c.at("paths", path, strings.ToLower(method))
		security, open := operation.(map[string]any)["security"].([]any)
		open = open && len(security) == 0
		res := f.send(method, strings.ReplaceAll(path, "{id}", "x"), "")
		if got := res.StatusCode != http.StatusUnauthorized; got != open {
			t.Errorf("%s without a session: %d, but the contract says open = %v", line, res.StatusCode, open)
		}
	}
}

func TestContract_SchemasCompileAndExamplesFit(t *testing.T) {
	c := openContract(t)
	schemas, _, _ := c.at("components", "schemas")
	for name, schema := range schemas.(map[string]any) {
		pointer := "/components/schemas/" + name
		examples, _ := schema.(map[string]any)["examples"].([]any)
		for i, example := range examples {
			if err := c.validate(pointer, example); err != nil {
				t.Errorf("example %d of %s: %v", i, name, err)
			}
		}
		if err := c.validate(pointer, nil); err != nil && !isInvalid(err) {
			t.Errorf("schema %s: %v", name, err)
		}
	}
	seen := 0
	walk(c.doc, "", func(pointer string, m map[string]any) {
		if _, ok := m["schema"]; !ok {
			return
		}
		var examples []any
		if example, ok := m["example"]; ok {
			examples = append(examples, example)
		}
		named, _ := m["examples"].(map[string]any)
		for _, e := range named {
			examples = append(examples, e.(map[string]any)["value"])
		}
		for _, example := range examples {
			seen++
			if err := c.validate(pointer+"/schema", example); err != nil {
				t.Errorf("example at %s: %v", pointer, err)
			}
		}
	})
	if seen < 20 {
		t.Errorf("only %d examples were found", seen)
	}
}

func isInvalid(err error) bool {
	_, ok := err.(*jsonschema.ValidationError)
	return ok
}

func TestContract_ReferencesLeadSomewhere(t *testing.T) {
	c := openContract(t)
	walk(c.doc, "", func(pointer string, m map[string]any) {
		ref, ok := m["$ref"].(string)
		if !ok {
			return
		}
		if _, _, ok := c.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...); !ok {
			t.Errorf("%s refers to %s, which is not there", pointer, ref)
		}
	})
}

// walk visits every object of the document.
func walk(value any, pointer string, visit func(pointer string, m map[string]any)) {
	switch v := value.(type) {
	case map[string]any:
		visit(pointer, v)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			walk(v[name], pointer+"/"+escape(name), visit)
		}
	case []any:
		for i, item := range v {
			walk(item, fmt.Sprintf("%s/%d", pointer, i), visit)
		}
	}
}
