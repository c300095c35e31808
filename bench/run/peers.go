package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// peer is a server that is measured.
type peer struct {
	name    string
	build   func(ctx context.Context, d dirs) error
	command func(d dirs) []string
}

// dirs are the folders of the bench, absolute.
type dirs struct {
	root  string // of the repository
	bench string // root/bench
	bin   string // of what is built, outside version control
}

var peers = []peer{
	{name: own, build: goBuild("server"), command: binary("server")},
	{name: node, build: npmInstall("node"), command: script("node", "--expose-gc")},
	{name: floor, build: goBuild("floor"), command: binary("floor")},
	{name: application, build: goBuildRoot, command: binary(application, "serve")},
}

// goBuild builds the program in a folder of the bench.
func goBuild(folder string) func(context.Context, dirs) error {
	return func(ctx context.Context, d dirs) error {
		return execute(ctx, filepath.Join(d.bench, folder), "go", "build", "-trimpath", "-o", filepath.Join(d.bin, filepath.Base(folder)), ".")
	}
}

// goBuildRoot builds tradewind itself, which is the load generator too.
func goBuildRoot(ctx context.Context, d dirs) error {
	return execute(ctx, d.root, "go", "build", "-trimpath", "-o", filepath.Join(d.bin, application), "./cmd/tradewind")
}

// npmInstall installs what a lock file says, once for every version of it.
func npmInstall(folder string) func(context.Context, dirs) error {
	return func(ctx context.Context, d dirs) error {
		dir := filepath.Join(d.bench, folder)
		lock, err := os.Stat(filepath.Join(dir, "package-lock.json"))
		if err != nil {
			return err
		}
		if there, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err == nil && there.ModTime().After(lock.ModTime()) {
			return nil
		}
		return execute(ctx, dir, "npm", "ci", "--no-audit", "--no-fund")
	}
}

func binary(name string, args ...string) func(dirs) []string {
	return func(d dirs) []string { return append([]string{filepath.Join(d.bin, name)}, args...) }
}

// script runs the server for Node by an interpreter.
func script(interpreter ...string) func(dirs) []string {
	return func(dirs) []string { return append(interpreter[:len(interpreter):len(interpreter)], "node/server.js") }
}

// execute runs a command to its end and shows what it said if it fails.
func execute(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}
