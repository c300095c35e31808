package dashboard_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	dashboard "tradewind/web/dashboard"
)

func TestFSAlwaysHasAnIndexPage(t *testing.T) {
	page, err := fs.ReadFile(dashboard.FS(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	if says := strings.Contains(string(page), "dashboard was not built"); says == dashboard.Built() {
		t.Errorf("Built() is %v, but the page that says otherwise is served: %v", dashboard.Built(), says)
	}
}

func TestChoose(t *testing.T) {
	page := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	unbuilt := fstest.MapFS{"unbuilt/index.html": page("run make build")}
	tests := []struct {
		name string
		dist fstest.MapFS
		want string
	}{
		{"built", fstest.MapFS{"dist/.gitkeep": page(""), "dist/index.html": page("dashboard")}, "dashboard"},
		{"placeholder only", fstest.MapFS{"dist/.gitkeep": page("")}, "run make build"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := fs.ReadFile(dashboard.Choose(test.dist, unbuilt), "index.html")
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != test.want {
				t.Errorf("index page is %q, want %q", got, test.want)
			}
		})
	}
}
