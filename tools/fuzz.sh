#!/usr/bin/env bash
# Runs every fuzz target of the module for the given time. A crasher is kept by
# the toolchain under the package's testdata/fuzz and fails plain tests from then on.
# Inputs that only lead somewhere new are hardly minimized: by default that takes
# up to a minute each, and leaves little time for others.
set -euo pipefail
time=${1:?usage: tools/fuzz.sh TIME}

targets=$(find . -name node_modules -prune -o -name '*_test.go' -print | sort | xargs grep -HoE '^func Fuzz[A-Za-z0-9_]+' || true)
[ -n "$targets" ] || { echo "no fuzz targets"; exit 0; }

while IFS=: read -r file declaration; do
  target=${declaration#func }
  printf '%s %s\n' "$(dirname "$file")" "$target"
  go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 20x "$(dirname "$file")" | grep -vE '^(fuzz: elapsed|PASS)' || exit 1
done <<<"$targets"
