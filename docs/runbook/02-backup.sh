#!/usr/bin/env bash
# Phase 2, DBA: everything that a full rollback needs. Steps 8 to 11, then the gate and the approval.
# shellcheck source=lib.sh
. "$(command -p dirname "${BASH_SOURCE[0]}")/lib.sh"
open_upgrade "$@"
require PGDATABASE
phase 2

# The dump appears under its name when it is whole. A record that was written between baseline and dump would be
# "added" after a rollback, so the store must still be the baseline when the dump is done.
dump() {
  run "$PG_DUMP" -Fc -d "$PGDATABASE" -f "$DUMP.partial"
  run mv "$DUMP.partial" "$DUMP"
}

store_is_the_baseline() {
  local mode=frozen
  if [[ -e $STATE/8.made ]]; then mode=$(mode_before_traffic); fi
  continuity "$mode" "$REPORTS/step-08-continuity" --namespace "$BLUE_NAMESPACE"
}

dump_is_readable() { run_to "$REPORTS/dump-contents.txt" "$PG_RESTORE" --list "$DUMP"; }

# It appears whole or not at all: one that is there was made by a run that ended before it was checked.
bundle() {
  if [[ -e $BUNDLE ]]; then return 0; fi
  run "$EVIDENCE_DIFF" export --all --namespace "$BLUE_NAMESPACE" --config "$EVIDENCE_CONFIG" --output "$BUNDLE"
}

# The bundle is another capture: it has to be the same evidence as the baseline.
bundle_is_the_baseline() {
  run "$EVIDENCE_DIFF" verify-bundle "$BUNDLE"
  continuity frozen "$REPORTS/step-10-continuity" "$BUNDLE"
}

configuration() {
  run_to "$BACKUP/configmaps.yaml" "$KUBECTL" get configmap -n "$BLUE_NAMESPACE" -o yaml
  run_to "$BACKUP/secrets.yaml" "$KUBECTL" get secret -n "$BLUE_NAMESPACE" -o yaml
}

may_begin() { ask_gate pre-upgrade "$REPORTS/step-08-continuity"; }

preflight() { approve 'Version, health, baseline, backup, bundle and configuration are there; window and rollback plan agreed?'; }

artefact 8 'PostgreSQL backup' dump store_is_the_baseline "$DUMP"
step 9 'the backup can be read' dump_is_readable
artefact 10 'evidence bundle' bundle bundle_is_the_baseline "$BUNDLE/SHA256SUMS" "$BUNDLE/manifest.json"
artefact 11 'configuration backup' configuration : "$BACKUP/configmaps.yaml" "$BACKUP/secrets.yaml"
step 11b 'may the upgrade begin?' may_begin
step 11a 'pre-flight approval' preflight
ended
