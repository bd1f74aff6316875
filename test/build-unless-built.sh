#!/bin/sh
# npm's `prepare`: builds. Only where `npx` asks, for a command that is there and newer than its source, it does not:
# npx links this folder into a cache of its own, and would build again what `npm ci` has built just before.
set -eu
built=dist/cli/bin.js
if [ "${npm_command:-}" = exec ] && [ -x "$built" ] && [ -z "$(find src tsconfig.json test/build-command.ts -newer "$built" -print | head -n 1)" ]; then
  exit 0
fi
npm run build
