package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// peer is a server that is measured.
type peer struct {
	name    string
	extra   bool // in the bench of all servers only, which does without it where it cannot be built
	build   func(ctx context.Context, d dirs) error
	command func(d dirs) []string
}

// dirs are the folders of the bench, absolute.
type dirs struct {
	root  string // of the repository
	bench string // root/bench
	bin   string // of what is built, outside version control
}

// bunProgram is Bun as its npm package installs it.
const bunProgram = "bun/node_modules/.bin/bun"

// buildBun also starts it: where install scripts of packages are not run, there is none.
var buildBun = all(npmInstall("node"), npmInstall("bun"), inFolder(".", bunProgram, "--version"))

// peers are in the order of the table.
var peers = []peer{
	{name: own, build: goBuild("server"), command: binary("server")},
	{name: floor, build: goBuild("floor"), command: binary("floor")},
	{name: node, build: npmInstall("node"), command: script("node", "--expose-gc", "node/server.js")},
	{
		name: eiows, extra: true,
		build:   all(npmInstall("node"), npmInstall("eiows", "--ignore-scripts"), inFolder("eiows", "node", "build.mjs")),
		command: script("node", "--expose-gc", "eiows/server.js"),
	},
	{
		name: bun, extra: true,
		build:   buildBun,
		command: script(bunProgram, "node/server.js"), // which finds Bun's own ws
	},
	{
		name: bunEngine, extra: true,
		build:   buildBun,
		command: script(bunProgram, "bun/server.js"),
	},
	{name: zishang520, extra: true, build: goBuild("zishang520"), command: binary("zishang520")},
	{name: application, build: goBuildRoot, command: binary(application, "serve")},
}

// choosePeers picks by name. Without names it is all, or all but the extra ones.
func choosePeers(names string, extra bool) ([]peer, error) {
	chosen, err := choose("server", names, peers, peerName)
	if names == "" && !extra {
		chosen = slices.DeleteFunc(chosen, func(p peer) bool { return p.extra })
	}
	return chosen, err
}

// all builds in steps.
func all(steps ...func(context.Context, dirs) error) func(context.Context, dirs) error {
	return func(ctx context.Context, d dirs) error {
		for _, step := range steps {
			if err := step(ctx, d); err != nil {
				return err
			}
		}
		return nil
	}
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
func npmInstall(folder string, flags ...string) func(context.Context, dirs) error {
	return func(ctx context.Context, d dirs) error {
		dir := filepath.Join(d.bench, folder)
		lock, err := os.Stat(filepath.Join(dir, "package-lock.json"))
		if err != nil {
			return err
		}
		if there, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err == nil && there.ModTime().After(lock.ModTime()) {
			return nil
		}
		return execute(ctx, dir, "npm", append([]string{"ci", "--no-audit", "--no-fund"}, flags...)...)
	}
}

// inFolder runs a command in a folder of the bench.
func inFolder(folder string, command ...string) func(context.Context, dirs) error {
	return func(ctx context.Context, d dirs) error {
		return execute(ctx, filepath.Join(d.bench, folder), command[0], command[1:]...)
	}
}

func binary(name string, args ...string) func(dirs) []string {
	return func(d dirs) []string { return append([]string{filepath.Join(d.bin, name)}, args...) }
}

// script runs a server by an interpreter, in the folder of the bench.
func script(command ...string) func(dirs) []string {
	return func(dirs) []string { return command }
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
