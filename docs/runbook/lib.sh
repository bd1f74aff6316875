#!/usr/bin/env bash
# What the scripts of all phases share: steps, attempts, artefacts, a dry run, the journal. Sourced, never run.
#
# A step is a function. It is called as it is, not in `if` or before `||`: there the shell would go on after a command
# in it that fails (set -e is off in a condition). What fails ends the script; the trap writes it into the journal.
#
# What runs how often:
#   artefact  once in an upgrade; from then on its files are held against their digests, every time
#   once      once in an attempt: what changes the platform (a migration, a deployment)
#   step      every time: verification, traffic, gates, approvals
# An attempt ends with a rollback, and its marks count no longer. What a phase has shown counts as long as nothing was done
# behind which it need not hold (phase, ended, reopen).
set -euo pipefail
umask 077

readonly USAGE_ERROR=64
readonly STOPPED=75

DRY_RUN=false
CURRENT_STEP=''

# The tools of the system itself, wherever PATH leads: npx, for one, puts the commands of packages first, and there are
# packages with a command `sync` that syncs no disk.
for tool in awk cat chmod date diff find flock grep mkdir mktemp mv rm sed sha256sum sleep sort sync tar touch xargs; do
  eval "$tool() { command -p $tool \"\$@\"; }"
done

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

# Whether a script asks for its keys before anything else (now), or when the traffic is off (later).
KEYS_ARE_ASKED=now

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
  MIGRATION=${MIGRATION:-}
  verdict_keys "$KEYS_ARE_ASKED"
  METRICS_TEXTFILE=${METRICS_TEXTFILE:-$UPGRADE_DIR/reports/evidence.prom}
  if ! $DRY_RUN; then
    mkdir -p "$BACKUP" "$UPGRADE_DIR/reports" "$STATE"
    chmod 700 "$UPGRADE_DIR"
    # A rollback waits for nobody: it ends whatever else is under way.
    if [[ $KEYS_ARE_ASKED == now ]]; then alone; fi
    trap on_exit EXIT
  fi
  enter_attempt "$(latest_attempt)"
  if ! $DRY_RUN && [[ $KEYS_ARE_ASKED == now ]]; then journal_holds; fi
}

# One script of an upgrade at a time: two that look at once whether a step was done would both do it. The lock is that of an
# open file, which commands that a killed script has left behind hold as well, and which is gone with the last of them.
alone() {
  command -pv flock >/dev/null || stop 'flock is not installed (util-linux): nothing would keep two scripts apart'
  exec {UNDER_WAY}>>"$STATE/under-way"
  flock --nonblock "$UNDER_WAY" || stop "another script of this upgrade is under way ($STATE/under-way is locked)"
}

# SIGNED is how the verdict of a comparison is signed, and VERDICT_DEMANDS what is demanded of it then; both are empty
# without keys. One key alone is a mistake: nothing would be signed, or nothing of it believed. A rollback that begins says so
# once the traffic is off, and not before.
verdict_keys() {
  SIGNED=()
  VERDICT_DEMANDS=()
  if [[ -z ${VERDICT_SIGNING_KEY:-} && -z ${VERDICT_TRUSTED_KEY:-} ]]; then
    if [[ -n ${RELEASE_ARTIFACT:-} ]]; then
      say "RELEASE_ARTIFACT is not used: without VERDICT_SIGNING_KEY and VERDICT_TRUSTED_KEY no verdict is signed of it."
    fi
    return 0
  fi
  if [[ ${1:-} == later && (-z ${VERDICT_SIGNING_KEY:-} || -z ${VERDICT_TRUSTED_KEY:-}) ]]; then return 0; fi
  require VERDICT_SIGNING_KEY VERDICT_TRUSTED_KEY
  SIGNED=(--key "$VERDICT_SIGNING_KEY")
  if [[ -n ${RELEASE_ARTIFACT:-} ]]; then
    SIGNED+=(--artifact "$RELEASE_ARTIFACT")
    VERDICT_DEMANDS=(--expect-artifact "$RELEASE_ARTIFACT")
  fi
}

verdicts_are_signed() { ((${#SIGNED[@]} > 0)); }

# The number of the attempt: that of the newest folder, so that beginning one is a single step which happens or does not.
latest_attempt() {
  local folder latest=1
  for folder in "$STATE"/attempt-*; do
    if [[ ${folder##*/attempt-} =~ ^[1-9][0-9]{0,5}$ ]] && ((${folder##*/attempt-} > latest)); then
      latest=${folder##*/attempt-}
    fi
  done
  printf '%s\n' "$latest"
}

# Reports of one attempt never take the place of those of another: the first ones lie in reports itself.
enter_attempt() {
  ATTEMPT=$1
  MARKS=$STATE/attempt-$ATTEMPT
  REPORTS=$UPGRADE_DIR/reports
  if ((ATTEMPT > 1)); then REPORTS=$REPORTS/attempt-$ATTEMPT; fi
  if ! $DRY_RUN; then mkdir -p "$MARKS" "$REPORTS"; fi
}

# raise_attempt: what a rollback begins with. Nothing that was done before it counts as done any more. Called in
# conditions: it must say itself whether it could.
raise_attempt() {
  local next
  if $DRY_RUN; then return 0; fi
  next=$(($(latest_attempt) + 1))
  until mkdir "$STATE/attempt-$next" 2>/dev/null; do
    # Another rollback at the same moment has taken that number, or nothing can be written.
    [[ -d $STATE/attempt-$next ]] || return 1
    next=$((next + 1))
  done
  # First: where the disk fails then, this is the attempt that takes the traffic off, and not one that another has ended.
  enter_attempt "$next" && sync "$STATE"
}

# A rollback that somebody began elsewhere ends this script: what it was about to do is no longer wanted.
still_this_attempt() {
  if ! $DRY_RUN && [[ $(latest_attempt) != "$ATTEMPT" ]]; then
    stop "a rollback was begun while attempt $ATTEMPT was under way"
  fi
}

# What a proof is about.
about() { printf '%s\n' "upgrade $UPGRADE_ID" "blue $BLUE_NAMESPACE" "green $GREEN_NAMESPACE"; }

# phase NUMBER: begins a phase. One before it that was begun here must have come to its end, of this upgrade and these
# namespaces; of one that was never run here nothing is known, and that is said. What this one and those behind it have shown
# holds no longer: it may change what they looked at. The first two change nothing.
phase() {
  PHASE=$1
  local number
  if $DRY_RUN; then return 0; fi
  for ((number = 1; number < PHASE; number++)); do phase_holds "$number"; done
  case $PHASE in
    1) if [[ ! -e $STATE/phase-1.ended ]]; then begun 1; fi ;;
    2) begun 2 ;;
    7) ;;
    *) begun "$PHASE" && reopen "$((PHASE + 1))" 6 ;;
  esac
}

phase_holds() {
  local held=$STATE/phase-$1.ended
  if [[ -e $held ]]; then
    [[ $(cat "$held") == "$(about)" ]] || stop "phase $1 was of another upgrade, or of other namespaces: see $held"
  elif [[ -e $STATE/phase-$1.begun ]]; then
    stop "phase $1 has not come to its end, or what it has shown holds no longer: run 0$1-*.sh"
  else
    say "phase $1 was not run here: nothing is known of it"
  fi
}

begun() { : >"$STATE/phase-$1.begun" && rm -f "$STATE/phase-$1.ended"; }

# ended: the phase has come to its end.
ended() {
  if $DRY_RUN; then return 0; fi
  about >"$STATE/phase-$PHASE.ended.partial"
  mv "$STATE/phase-$PHASE.ended.partial" "$STATE/phase-$PHASE.ended"
  rm -f "$STATE/phase-$PHASE.begun"
}

# reopen FROM TO: what these phases have shown holds no longer. Also called in conditions.
reopen() {
  local number
  if $DRY_RUN; then return 0; fi
  for ((number = $1; number <= $2; number++)); do
    if [[ -e $STATE/phase-$number.ended ]]; then begun "$number" || return; fi
  done
}

marked() { [[ -e $MARKS/$1.done ]]; }

# unmark STEP...: what is done again is not done until it is.
unmark() {
  local number
  if $DRY_RUN; then return 0; fi
  for number in "$@"; do rm -f "$MARKS/$number.done"; done
}

on_exit() {
  local code=$?
  [[ $code -ne 0 && -n $CURRENT_STEP ]] || return 0
  say "step $CURRENT_STEP ended with exit code $code"
  enter step-failed --note "exit code $code" || say 'and the journal could not be written'
}

# Runs a command, or says what would be run.
run() {
  printf '+' >&2
  printf ' %q' "$@" >&2
  printf '\n' >&2
  if ! $DRY_RUN; then "$@"; fi
}

# The same with standard output to a file, which appears whole or not at all. It may be called in a condition, where
# set -e is off: so each failure is handed on by hand. By way of cat, which fails on a full disk: there are programs that do
# not look whether what they print was written, and an empty list says that there is nothing to do.
run_to() {
  local file=$1
  shift
  printf '+' >&2
  printf ' %q' "$@" >&2
  printf ' > %q\n' "$file" >&2
  if ! $DRY_RUN; then
    "$@" | cat >"$file.partial" || return
    mv "$file.partial" "$file" || return
  fi
}

# journal TYPE [option...]: an entry of the current step.
journal() { if ! $DRY_RUN; then enter "$@"; fi; }

# The same, called in conditions as well. The head is noted beside the journal, and must be in it from then on: a journal that
# was cut at a line, exchanged for an older copy or begun anew is sound by itself.
enter() {
  local type=$1 said
  shift
  journal_head
  said=$("$EVIDENCE_DIFF" journal append "$JOURNAL" --upgrade "$UPGRADE_ID" --step "$CURRENT_STEP" --type "$type" \
    --actor "$UPGRADE_ACTOR" "${HEAD[@]}" "$@") || return
  said=$(sed -n 's/^head \([0-9a-f]\{64\}\)$/\1/p' <<<"$said") || return
  [[ -n $said ]] || return 1
  printf '%s\n' "$said" >"$STATE/journal-head.$$" || return
  mv "$STATE/journal-head.$$" "$STATE/journal-head"
}

# Before anything is done; a rollback asks it with its first entry, when the traffic is off.
journal_holds() {
  journal_head
  if ((${#HEAD[@]} > 0)); then "$EVIDENCE_DIFF" journal verify "$JOURNAL" "${HEAD[@]}" >&2; fi
}

# HEAD is what is demanded of the journal.
journal_head() {
  HEAD=()
  if [[ -s $STATE/journal-head ]]; then HEAD=(--expect-head "$(<"$STATE/journal-head")"); fi
}

# step NUMBER TITLE FUNCTION [argument...]: every time the script is run.
step() {
  local number=$1 title=$2
  shift 2
  say "step $number: $title"
  CURRENT_STEP=$number
  unmark "$number"
  still_this_attempt
  "$@"
  still_this_attempt
  journal step --note "$title (attempt $ATTEMPT)"
  if ! $DRY_RUN; then date -u +%Y-%m-%dT%H:%M:%SZ >"$MARKS/$number.done"; fi
  CURRENT_STEP=''
}

# once NUMBER TITLE FUNCTION [argument...]: once in an attempt. For what changes the platform, and never for what is
# looked at, decided or approved.
once() {
  if marked "$1"; then
    say "step $1: $2 (done before in attempt $ATTEMPT)"
  else
    step "$@"
  fi
}

# artefact NUMBER TITLE MAKE CHECK FILE...: MAKE makes the files, once in an upgrade. From then on they must be the ones
# that were made, byte for byte. CHECK runs every time, and must hold before what was made counts.
artefact() {
  local number=$1 title=$2 make=$3 check=$4 made=$STATE/$1.made
  shift 4
  CURRENT_STEP=$number
  if [[ -e $made ]]; then
    say "step $number: $title (made before)"
    unchanged "$number"
    "$check"
  else
    say "step $number: $title"
    "$make"
    "$check"
    keep "$@"
    journal step --note "$title (attempt $ATTEMPT)"
    if ! $DRY_RUN; then
      digests "$@" >"$made.partial"
      mv "$made.partial" "$made"
    fi
  fi
  CURRENT_STEP=''
}

# The digests of files of this upgrade, by their names in its folder.
digests() {
  local names=("${@#"$UPGRADE_DIR/"}")
  (cd "$UPGRADE_DIR" && sha256sum -- "${names[@]}")
}

# unchanged NUMBER: the files of an artefact are the ones that were made.
unchanged() {
  if $DRY_RUN; then return 0; fi
  (cd "$UPGRADE_DIR" && sha256sum --check --quiet --strict "$STATE/$1.made") ||
    stop "what step $1 has made is no longer what it was: see $STATE/$1.made"
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

# demand FILE STEP: DEMANDS is what is demanded of FILE as a baseline: that it is the one that STEP has made, by the digest
# of that moment and by its signature. The gate demands the same of the report, but for the upgrade, which the report has
# from the comparison.
demand() {
  local digest='...'
  if ! $DRY_RUN; then
    [[ -e $STATE/$2.made ]] || stop "step $2 was not done here: run 01-pre-upgrade.sh"
    digest=$(awk -v "name=${1#"$UPGRADE_DIR/"}" '$2 == name { print $1 }' "$STATE/$2.made")
  fi
  OF_THE_VERDICT=(--expect-digest "sha256:$digest")
  if [[ -n ${EVIDENCE_SYSTEM:-} ]]; then OF_THE_VERDICT+=(--expect-subject "system=$EVIDENCE_SYSTEM"); fi
  OF_THE_REPORT=("${OF_THE_VERDICT[@]}" --trusted-key "$TRUSTED_KEY")
  DEMANDS=(--baseline "$1" --expect-upgrade "$UPGRADE_ID" "${OF_THE_REPORT[@]}")
}

# Before green had any traffic nothing may have been added. After a rollback the old version has worked on, and what it
# has recorded since is growth.
mode_before_traffic() { if ((ATTEMPT == 1)); then printf frozen; else printf append; fi; }

# migrated: MIGRATED is the migration under which green is compared, once this attempt has migrated the evidence.
migrated() {
  MIGRATED=()
  if [[ -e $MARKS/migrated ]] || { $DRY_RUN && [[ ${EVIDENCE_MIGRATION:-no} == yes ]]; }; then
    MIGRATED=(--migration "$MIGRATION")
  fi
}

# continuity MODE REPORT SOURCE...: compares with the baseline. The report is kept whatever it says, and one of an
# earlier run never answers for this one. Where there is a key its verdict is signed, and must then be what the key says
# of this very report. Called in conditions, where set -e is off.
continuity() {
  local mode=$1 report=$2 code=0 attest=()
  shift 2
  demand "$BASELINE" 5
  migrated
  if verdicts_are_signed; then attest=(--attest "$report.sigstore.json" "${SIGNED[@]}"); fi
  run rm -f "$report.json" "$report.html" "$report.sigstore.json" || return "$STOPPED"
  run "$EVIDENCE_DIFF" verify-continuity "${DEMANDS[@]}" "${MIGRATED[@]}" "$@" --config "$EVIDENCE_CONFIG" --mode "$mode" \
    --output "$report.json" --output "$report.html" "${attest[@]}" --metrics "$METRICS_TEXTFILE" || return
  verdicts_are_signed || return 0
  run "$EVIDENCE_DIFF" verify-verdict "$report.sigstore.json" --report "$report.json" --trusted-key "$VERDICT_TRUSTED_KEY" \
    "${OF_THE_VERDICT[@]}" "${VERDICT_DEMANDS[@]}" || code=$?
  if ((code != 0)); then say "the signed verdict of $report.json does not hold: nothing rests on this report"; fi
  return "$code"
}

# keep_report REPORT: the files of a report, with the verdict where it was signed.
keep_report() {
  local files=("$1.json" "$1.html")
  if verdicts_are_signed; then files+=("$1.sigstore.json"); fi
  keep "${files[@]}"
}

# Gates that read metrics ask a server, which also has what this tool has written for its exporter, or files: then that
# one is named as well.
metrics_options() {
  if [[ -n ${METRICS_FILE:-} ]]; then
    METRICS=(--metrics-file "$METRICS_FILE" --metrics-file "$METRICS_TEXTFILE")
  else
    METRICS=(--metrics-url "$METRICS_URL")
  fi
}

require_metrics() { if [[ -z ${METRICS_URL:-} && -z ${METRICS_FILE:-} ]]; then require METRICS_URL; fi; }

# A server has what was just written once it has asked the exporter again.
until_scraped() { if [[ -z ${METRICS_FILE:-} ]]; then run sleep "${METRICS_DELAY_SECONDS:-60}"; fi; }

# gate NAME REPORT DECISION [option...]: asks a gate about the last comparison. With a key it demands the signed verdict:
# whoever can write the report could write PASS into it. Called in conditions.
gate() {
  local name=$1 report=$2 decision=$3 store=() verdict=()
  shift 3
  if [[ -z ${EVIDENCE_SYSTEM:-} ]]; then store=(--accept-any-store); fi
  if verdicts_are_signed; then
    verdict=(--verdict "$report.sigstore.json" --verdict-key "$VERDICT_TRUSTED_KEY" "${VERDICT_DEMANDS[@]}")
  else
    say "There is no verdict key: the gate believes $report.json, and whoever can write that file (VERDICT_SIGNING_KEY)."
  fi
  run rm -f "$decision" || return "$STOPPED"
  run "$EVIDENCE_DIFF" gate "$name" --report "$report.json" "${verdict[@]}" "${OF_THE_REPORT[@]}" "${store[@]}" "$@" \
    --config "$EVIDENCE_CONFIG" --output "$decision"
}

# ask_gate NAME REPORT [option...]: the script goes on if the gate says proceed, and ends with its exit code if not.
ask_gate() {
  local name=$1 report=$2 code=0 decision=$REPORTS/$1-gate.json
  shift 2
  gate "$name" "$report" "$decision" "$@" || code=$?
  if $DRY_RUN; then return 0; fi
  if [[ -e $report.json && -e $decision ]]; then
    journal decision --file "$report.json" --file "$decision" --note "gate $name: exit code $code"
  fi
  if ((code != 0)); then exit "$code"; fi
  keep "$decision"
}

# ask_signed_gate NAME REPORT [option...]: the same of a gate that demands a signed verdict always.
ask_signed_gate() {
  if ! verdicts_are_signed; then
    say "The gate $1 was not asked: it demands a signed verdict, and there is no verdict key (VERDICT_SIGNING_KEY)."
    journal note --note "gate $1 was not asked: there is no verdict key"
    return 0
  fi
  metrics_options
  until_scraped
  ask_gate "$@" "${METRICS[@]}"
}

# capture FILE NAMESPACE: one reading of the store, from which all that follows is taken. FILE is what is there now, or is
# not there. CAPTURED is its digest, as the command says that it has written it; empty if there is none.
capture() {
  local file=$1 code=0
  local command=("$EVIDENCE_DIFF" verify-all --namespace "$2" --config "$EVIDENCE_CONFIG" --output "$file"
    --include-merkle-roots --no-color)
  CAPTURE=$file
  CAPTURED=''
  run rm -f "$file" "$file.txt" || return
  if $DRY_RUN; then
    run "${command[@]}"
    return 0
  fi
  run "${command[@]}" >"$file.txt" || code=$?
  cat "$file.txt"
  CAPTURED=$(sed -n 's/^.*--expect-digest: sha256:\([0-9a-f]\{64\}\)$/\1/p' "$file.txt")
  if ((code == 0)) && [[ -z $CAPTURED ]]; then stop "$file.txt does not say what was captured"; fi
  return "$code"
}

# The capture is still the one that was read from the store.
same_capture() {
  if $DRY_RUN; then return 0; fi
  [[ -n $CAPTURED ]] || stop 'the store was not captured by this run'
  printf '%s  %s\n' "$CAPTURED" "$CAPTURE" | sha256sum --check --status --strict ||
    stop "$CAPTURE is no longer what was read from the store"
}

# on_capture COMMAND...: a command that reads the capture, which must be the same before and after. The command runs with
# set -e off.
on_capture() {
  local code=0
  same_capture
  "$@" || code=$?
  same_capture
  return "$code"
}

# is_of_capture REPORT: the current side of a JSON report is the capture, as the report itself says.
is_of_capture() {
  if $DRY_RUN; then return 0; fi
  sed -n '/"current": {/,/}/p' "$1" | grep -q "\"sha256\": \"$CAPTURED\"" || stop "$1 is not about $CAPTURE"
}

# captured_continuity MODE REPORT NAMESPACE: captures the store, and compares that capture with the baseline. A store that
# is unsound is compared all the same: the report says what became of the baseline's records.
captured_continuity() {
  local mode=$1 report=$2 unsound=0 code=0
  capture "$report-capture.ndjson" "$3" || unsound=$?
  if ((unsound != 0)) && [[ -z $CAPTURED ]]; then
    rm -f "$report.json" "$report.html" "$report.sigstore.json"
    exit "$unsound"
  fi
  on_capture continuity "$mode" "$report" "$CAPTURE" || code=$?
  if ! $DRY_RUN && [[ -e $report.json ]]; then is_of_capture "$report.json"; fi
  if ((unsound != 0)); then exit "$unsound"; fi
  if ((code != 0)); then exit "$code"; fi
  keep "$CAPTURE" "$CAPTURE.txt"
  keep_report "$report"
}

# No traffic to green any more.
no_traffic() { run "$KUBECTL" delete ingress stellaops-canary -n "$GREEN_NAMESPACE" --ignore-not-found; }

# Once blue is deleted there is nothing that traffic could go back to.
require_blue() {
  if [[ -e $STATE/blue-removed ]]; then stop "step 41 has deleted $BLUE_NAMESPACE: there is no traffic to share, and no way back"; fi
}

# Every file that a step has made, by digest, so that the archive can show that it holds the same ones.
keep() {
  local file options=()
  if $DRY_RUN; then return 0; fi
  for file in "$@"; do options+=(--file "$file"); done
  journal files "${options[@]}"
  digests "$@" >>"$STATE/SHA256SUMS"
}
