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
	extra   bool // only where all are measured
	build   func(ctx context.Context, d dirs) error
	command func(d dirs) []string
	env     []string
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
	{name: "eiows", extra: true, build: buildEiows, command: script("node", "--expose-gc"),
		env: []string{"ENGINE=eiows", "MODULES=peers/js"}},
	{name: "bun", extra: true, build: npmInstall("peers/js"), command: script(bunPath), env: []string{"MODULES=peers/js"}},
	{name: "bun-engine", extra: true, build: npmInstall("peers/js"), command: script(bunPath),
		env: []string{"ENGINE=bun", "MODULES=peers/js"}},
	{name: "zishang520", extra: true, build: goBuild("peers/go/zishang520"), command: binary("zishang520")},
	{name: application, build: goBuildRoot, command: binary(application, "serve")},
}

// bunPath is Bun as its npm package installs it, in the folder of the bench.
const bunPath = "peers/js/node_modules/bun/bin/bun.exe"

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

// buildEiows builds the native part of eiows, which npm leaves out.
func buildEiows(ctx context.Context, d dirs) error {
	if err := npmInstall("peers/js")(ctx, d); err != nil {
		return err
	}
	return execute(ctx, filepath.Join(d.bench, "peers/js"), "./eiows.sh")
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
