#!/usr/bin/env bash
# Stands in for everything that the scripts call: writes each call down, and lets the fault of the case happen at the call
# that it is for. The commands of the platform do what matters for the evidence; `evidence-diff` is the real one, asked
# from a process that is there already.
set -uo pipefail
name=${0##*/}
cd "$RUNBOOK_CASE" || exit 70
printf '> %s %s\n' "$name" "$*" >>calls.log
[[ $name == evidence-diff ]] && kind=evidence || kind=platform

# The fault of the case is shell, which sees the call and its number among those of the script.
if [[ -s fault ]]; then
  mapfile -t lines <calls.log
  number=0
  for line in "${lines[@]:$LOG_LINES_BEFORE}"; do [[ $line == '>'* ]] && number=$((number + 1)); done
  export call="$name $*" kind number
  struck() { printf '! %s\n' "$call" >>calls.log; }
  # shellcheck source=/dev/null
  . ./fault
fi

if [[ $kind == evidence ]]; then
  # shellcheck source=test/e2e/runbook-pairs/ask.sh
  . "$RUNBOOK_ASK"
  ask "$@"
fi

case "$name $*" in
  pg_dump*) cp store.ndjson "${!#}" ;;
  'pg_restore --list'*) echo 'a list' ;;
  pg_restore*) cp "${!#}" store.ndjson ;;
  'stella system migrations-status'*) echo '001_ledger_events  Applied' ;;
  'kubectl get '*) echo 'items: []' ;;
  'stella '*) echo 'as it should be' ;;
esac
