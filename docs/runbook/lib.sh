#!/usr/bin/env bash
# What the scripts of all phases share: steps that can be taken up again, a dry run, the journal. Sourced, never run.
#
# A step is a function. It is called as it is, not in `if` or before `||`: there the shell would go on after a command
# in it that fails (set -e is off in a condition). What fails ends the script; the trap writes it into the journal.
set -euo pipefail
umask 077

readonly USAGE_ERROR=64
readonly STOPPED=75

DRY_RUN=false
CURRENT_STEP=''

# The commands of the platform and of PostgreSQL. A rehearsal puts others here.
KUBECTL=${KUBECTL:-kubectl}
HELM=${HELM:-helm}
STELLA=${STELLA:-stella}
PG_DUMP=${PG_DUMP:-pg_dump}
PG_RESTORE=${PG_RESTORE:-pg_restore}
EVIDENCE_DIFF=${EVIDENCE_DIFF:-evidence-diff}

say() { printf '%s\n' "$*" >&2; }

stop() {
  say "STOP: $*"
  exit "$STOPPED"
}

# Names every variable that is wanted and not there, and reads nothing else of them: a secret is never printed.
require() {
  local name missing=()
  for name in "$@"; do
    [[ -n ${!name:-} ]] || missing+=("$name")
  done
  if ((${#missing[@]} > 0)); then
    say "not set, or empty: ${missing[*]} (see upgrade.env.example)"
    exit "$USAGE_ERROR"
  fi
}

# One folder of this upgrade, readable by nobody else: no predictable names where others may write.
open_upgrade() {
  while (($# > 0)); do
    case $1 in
      --dry-run) DRY_RUN=true ;;
      *)
        say "unknown option $1; there is --dry-run"
        exit "$USAGE_ERROR"
        ;;
    esac
    shift
  done
  require UPGRADE_ID UPGRADE_DIR UPGRADE_ACTOR EVIDENCE_CONFIG TRUSTED_KEY BLUE_NAMESPACE GREEN_NAMESPACE
  if [[ $UPGRADE_DIR != /* ]]; then
    say "UPGRADE_DIR: give an absolute path, not $UPGRADE_DIR"
    exit "$USAGE_ERROR"
  fi
  # The names of what is kept, for the scripts of the phases: not all are used here.
  BACKUP=$UPGRADE_DIR/backup
  REPORTS=$UPGRADE_DIR/reports
  STATE=$UPGRADE_DIR/state
  JOURNAL=$UPGRADE_DIR/journal.ndjson
  BASELINE=$BACKUP/pre-upgrade-evidence-baseline.ndjson
  # shellcheck disable=SC2034
  ROOTS=$BACKUP/pre-upgrade-merkle-roots.json
  # shellcheck disable=SC2034
  STATS=$BACKUP/pre-upgrade-evidence-stats.txt
  # shellcheck disable=SC2034
  BUNDLE=$BACKUP/evidence-bundle
  # shellcheck disable=SC2034
  DUMP=$BACKUP/database.dump
  METRICS_TEXTFILE=${METRICS_TEXTFILE:-$REPORTS/evidence.prom}
  if ! $DRY_RUN; then
    mkdir -p "$BACKUP" "$REPORTS" "$STATE"
    chmod 700 "$UPGRADE_DIR"
    trap on_exit EXIT
  fi
}

on_exit() {
  local code=$?
  [[ $code -ne 0 && -n $CURRENT_STEP ]] || return 0
  say "step $CURRENT_STEP ended with exit code $code"
  "$EVIDENCE_DIFF" journal append "$JOURNAL" --upgrade "$UPGRADE_ID" --step "$CURRENT_STEP" --type step-failed \
    --actor "$UPGRADE_ACTOR" --note "exit code $code" >/dev/null || say 'and the journal could not be written'
}

# Runs a command, or says what would be run.
run() {
  printf '+' >&2
  printf ' %q' "$@" >&2
  printf '\n' >&2
  if ! $DRY_RUN; then "$@"; fi
}

# The same with standard output to a file, which appears whole or not at all.
run_to() {
  local file=$1
  shift
  printf '+' >&2
  printf ' %q' "$@" >&2
  printf ' > %q\n' "$file" >&2
  if ! $DRY_RUN; then
    "$@" >"$file.partial"
    mv "$file.partial" "$file"
  fi
}

# journal TYPE [option...]: an entry of the current step.
journal() {
  local type=$1
  shift
  if $DRY_RUN; then return 0; fi
  "$EVIDENCE_DIFF" journal append "$JOURNAL" --upgrade "$UPGRADE_ID" --step "$CURRENT_STEP" --type "$type" \
    --actor "$UPGRADE_ACTOR" "$@" >/dev/null
}

# step NUMBER TITLE FUNCTION [argument...]: once, however often the script is run.
step() {
  local number=$1 title=$2
  shift 2
  if [[ -e $STATE/$number.done ]]; then
    say "step $number: $title (done before)"
    return 0
  fi
  say "step $number: $title"
  CURRENT_STEP=$number
  "$@"
  journal step --note "$title"
  if ! $DRY_RUN; then date -u +%Y-%m-%dT%H:%M:%SZ >"$STATE/$number.done"; fi
  CURRENT_STEP=''
}

# Somebody has to say yes: by the variable APPROVED_BY for this very step, or at the terminal.
approve() {
  local question=$1 who=''
  if $DRY_RUN; then
    say "would ask: $question"
    return 0
  fi
  if [[ ${APPROVED_STEP:-} == "$CURRENT_STEP" ]]; then who=${APPROVED_BY:-}; fi
  if [[ -z $who && -t 0 ]]; then read -r -p "$question Your name, or nothing for no: " who; fi
  if [[ -z $who ]]; then stop "$question Nobody has approved step $CURRENT_STEP (APPROVED_STEP, APPROVED_BY)"; fi
  journal approval --note "$question Approved by $who"
}

# Compares what is there now with the baseline; the report is kept whatever it says.
continuity() {
  local mode=$1 report=$2 namespace=$3
  run "$EVIDENCE_DIFF" verify-continuity --baseline "$BASELINE" --trusted-key "$TRUSTED_KEY" \
    --expect-upgrade "$UPGRADE_ID" --namespace "$namespace" --config "$EVIDENCE_CONFIG" --mode "$mode" \
    --output "$report.json" --output "$report.html" --metrics "$METRICS_TEXTFILE"
}

# Every file that a step has made, by digest, so that the archive can show that it holds the same ones.
keep() {
  local file
  if $DRY_RUN; then return 0; fi
  local options=()
  for file in "$@"; do options+=(--file "$file"); done
  journal files "${options[@]}"
  for file in "$@"; do (cd "$UPGRADE_DIR" && sha256sum "${file#"$UPGRADE_DIR/"}") >>"$STATE/SHA256SUMS"; done
}
