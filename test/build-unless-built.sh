#!/bin/sh
# Builds. Where `npx` or the tests ask (`npx` by npm's `prepare`), for a command that is there and newer than its source, it
# does not: npx links this folder into a cache of its own, and would build again what `npm ci` has built just before.
set -eu
built=dist/cli/bin.js
asks=${1:-${npm_command:-}}
if [ "$asks" = exec ] || [ "$asks" = tests ]; then
  newer=$(find src tsconfig.json package-lock.json test/build-command.ts -newer "$built" -print 2>&1 | head -n 1)
  if [ -x "$built" ] && [ -z "$newer" ]; then exit 0; fi
fi
npm run --silent build
