#!/bin/sh
# npm's `check`: its steps two at a time, since most of them use one core, and the longest first. A step that holds is named;
# one that does not says what is wrong.
set -eu

# The script starts itself with the name of one step.
if [ $# -eq 1 ]; then
  if npm run --silent "$1" >"$SAID/$1" 2>&1; then
    printf 'holds: %s\n' "$1"
  else
    cat "$SAID/$1"
    printf 'DOES NOT HOLD: %s\n' "$1" >&2
    exit 1
  fi
  exit 0
fi

SAID=$(mktemp -d)
export SAID
trap 'rm -rf "$SAID"' EXIT
printf '%s\n' types package rules architecture lint | xargs -n 1 -P 2 sh "$0" || exit 1
