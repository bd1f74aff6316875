#!/bin/sh
# npm's `check`: its steps in two lanes of like CPU time, since most of them use one core. A step that holds is named; one
# that does not says what is wrong, and ends its lane.
set -eu
said=$(mktemp -d)
trap 'rm -rf "$said"' EXIT

lane() {
  for step in "$@"; do
    if npm run --silent "$step" >"$said/$step" 2>&1; then
      printf 'holds: %s\n' "$step"
    else
      cat "$said/$step"
      printf 'DOES NOT HOLD: %s\n' "$step" >&2
      return 1
    fi
  done
}

lane types package &
other=$!
trap 'kill "$other" 2>/dev/null; exit 130' INT TERM
code=0
lane lint architecture rules || code=1
wait "$other" || code=1
exit "$code"
