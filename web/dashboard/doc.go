// Package dashboard holds the built dashboard, so that one binary is all there
// is to install. The build writes to dist; a clone in which it never ran still
// compiles and gets a page that says what to do.
package dashboard
