#!/usr/bin/env bash
# Phase 8, QA and security: is all evidence still there, and does everything work? Steps 30 to 37.
# shellcheck source=lib.sh
. "$(command -p dirname "${BASH_SOURCE[0]}")/lib.sh"
open_upgrade "$@"
if verdicts_are_signed; then require_metrics; fi
START_TIME=$(cat "$STATE/start-time" 2>/dev/null || true)
if [[ -z $START_TIME ]] && ! $DRY_RUN; then stop "no $STATE/start-time: phase 1 was not run here"; fi
# What was validated before is not validated until it is again.
unmark 37a

# Steps 30 to 33 are four questions to one capture, which step 30 reads from the store each time: four captures at four
# moments can disagree for honest reasons, and one of them can be of another store.
custody() { captured_continuity append "$REPORTS/continuity-report" "$GREEN_NAMESPACE"; }

# Sets that grew cannot be proven by roots: exit code 2 with proof-unavailable is what step 30 has answered already.
roots() {
  local code=0 report=$REPORTS/roots-verification.json expected=$REPORTS/expected
  # A report of an earlier run must not answer for one that could not be written.
  run rm -f "$report"
  migrated
  if ((${#MIGRATED[@]} > 0)); then
    # The roots from before are not those of records that were migrated: they are made of what the migration expects.
    unchanged 5
    run rm -f "$expected.ndjson" "$expected-roots.json"
    run "$EVIDENCE_DIFF" migrate --baseline "$BASELINE" "${MIGRATED[@]}" --output "$expected.ndjson"
    run "$EVIDENCE_DIFF" roots-export "$expected.ndjson" --output "$expected-roots.json" --format json
    DEMANDS=(--baseline "$expected-roots.json")
  else
    demand "$ROOTS" 6
  fi
  on_capture run "$EVIDENCE_DIFF" verify-roots "${DEMANDS[@]}" "$CAPTURE" --config "$EVIDENCE_CONFIG" --output "$report" || code=$?
  if $DRY_RUN; then return 0; fi
  if ((code == 0 || code == 2)); then is_of_capture "$report"; fi
  if ((code == 2)); then
    journal note --note 'roots alone prove a part: sets have grown (see step 30)'
    only_unproven "$report"
  elif ((code != 0)); then
    exit "$code"
  fi
  keep "$report"
}

# Exit code 2 has other causes as well (a lost connection, hidden rows): any other finding than proof-unavailable stops.
only_unproven() {
  local others
  others=$(grep -oE '"(kind)": "[a-z-]+"' "$1" | grep -vE '"kind": "(evidence-continuity-report|proof-unavailable|record-added|tenant-added)"' || true)
  if [[ -n $others ]]; then stop "roots could not be verified: $others"; fi
  grep -q '"kind": "proof-unavailable"' "$1" || stop "$1 does not say what could not be verified"
}

# Growth is expected: the difference is kept and shown, and the judgement is that of step 30.
counts() {
  local code=0 after=$REPORTS/post-upgrade-evidence-stats.txt
  unchanged 7
  on_capture run_to "$after" "$EVIDENCE_DIFF" stats "$CAPTURE" --config "$EVIDENCE_CONFIG"
  if $DRY_RUN; then return 0; fi
  diff "$STATS" "$after" >"$REPORTS/evidence-stats.diff" || code=$?
  if ((code > 1)); then exit "$code"; fi
  keep "$after" "$REPORTS/evidence-stats.diff"
}

audit() {
  local report=$REPORTS/upgrade-audit verdict=()
  if verdicts_are_signed; then
    verdict=(--verdict "$REPORTS/continuity-report.sigstore.json" --verdict-key "$VERDICT_TRUSTED_KEY")
  fi
  run rm -f "$report.pdf" "$report.json"
  unchanged 5
  migrated
  on_capture run "$EVIDENCE_DIFF" audit-report "$CAPTURE" --since "$START_TIME" --baseline "$BASELINE" "${MIGRATED[@]}" \
    --trusted-key "$TRUSTED_KEY" --expect-upgrade "$UPGRADE_ID" "${verdict[@]}" --journal "$JOURNAL" --config "$EVIDENCE_CONFIG" --output "$report.pdf" --output "$report.json"
  is_of_capture "$report.json"
  keep "$report.pdf" "$report.json"
}

# Tests write evidence, too: that they have harmed none is looked at before somebody signs.
after_tests() {
  continuity append "$REPORTS/step-37-continuity" --namespace "$GREEN_NAMESPACE"
  keep_report "$REPORTS/step-37-continuity"
}

is_done() { ask_signed_gate post-cutover "$REPORTS/step-37-continuity"; }

integration() { run "$STELLA" test integration --full; }
scan() { run "$STELLA" scan --image registry.company.com/test-app:latest --sbom-format spdx-2.3; }
attest() { run "$STELLA" attest --subject sha256:test123 --predicate-type slsa-provenance; }
policy() { run "$STELLA" policy evaluate --artifact sha256:test123 --environment production; }
validated() { approve 'Evidence, roots, services, tests, error rates and latency are as they should be?'; }

step 30 'chain of custody' custody
step 31 'Merkle roots' roots
step 32 'evidence counts' counts
step 33 'audit report' audit
step 34 'integration tests' integration
step 35 'scan' scan
step 36 'attestation' attest
step 37 'policy' policy
step 37b 'evidence after the tests' after_tests
step 37c 'is the upgrade done?' is_done
step 37a 'validation' validated
