package dashboard

import (
	"embed"
	"io/fs"
)

// dist holds a placeholder too, without which an unbuilt clone would not compile.
//
//go:embed all:dist
var dist embed.FS

//go:embed unbuilt
var unbuilt embed.FS

const indexPage = "index.html"

// FS returns the files of the dashboard, its index page at the root. When the
// dashboard was not built there is only an index page that says so. The result
// may be used concurrently.
func FS() fs.FS { return choose(dist, unbuilt) }

// Built reports whether the dashboard was built before this binary.
func Built() bool { return hasIndex(below(dist, "dist")) }

func choose(dist, unbuilt fs.FS) fs.FS {
	if files := below(dist, "dist"); hasIndex(files) {
		return files
	}
	return below(unbuilt, "unbuilt")
}

func hasIndex(files fs.FS) bool {
	_, err := fs.Stat(files, indexPage)
	return err == nil
}

// below returns a folder of files. The folders are named in the embed lines
// above: a missing one does not compile.
func below(files fs.FS, dir string) fs.FS {
	sub, err := fs.Sub(files, dir)
	if err != nil {
		panic(err)
	}
	return sub
}
