#!/usr/bin/env bash
# Phase 1, platform team: what there is before anything is changed. Steps 1 to 7.
# shellcheck source=lib.sh
. "$(command -p dirname "${BASH_SOURCE[0]}")/lib.sh"
open_upgrade "$@"
require SIGNING_KEY
phase 1

version() { run_to "$BACKUP/pre-upgrade-version.txt" "$STELLA" version; }

health() { run "$STELLA" doctor --full --output "$REPORTS/pre-upgrade-health.json"; }

no_pending_migrations() {
  run_to "$BACKUP/pre-upgrade-migrations.txt" "$STELLA" system migrations-status
  # As in step 17: a list that says nothing does not say that nothing is pending.
  if ! $DRY_RUN && [[ ! -s $BACKUP/pre-upgrade-migrations.txt ]]; then
    stop "no migration is listed: $BACKUP/pre-upgrade-migrations.txt"
  fi
  if ! $DRY_RUN && grep -qi pending "$BACKUP/pre-upgrade-migrations.txt"; then
    stop 'there are pending migrations: apply them before the upgrade'
  fi
}

queues() {
  run_to "$BACKUP/pre-upgrade-queues.txt" "$STELLA" queue status --all
  approve "Queues are empty or nearly so ($BACKUP/pre-upgrade-queues.txt)?"
}

# One capture, with bodies where a migration of the evidence is expected (BASELINE_DEPTH=full); roots and counts are taken from it and not from the store again, so all three are of one moment.
baseline() {
  run "$EVIDENCE_DIFF" verify-all --namespace "$BLUE_NAMESPACE" --config "$EVIDENCE_CONFIG" \
    --output "$BASELINE" --depth "${BASELINE_DEPTH:-digest}" --include-merkle-roots
  run "$EVIDENCE_DIFF" sign "$BASELINE" --key "$SIGNING_KEY" --upgrade "$UPGRADE_ID"
}

vouched() { run "$EVIDENCE_DIFF" verify-signature "$BASELINE" --trusted-key "$TRUSTED_KEY" --expect-upgrade "$UPGRADE_ID"; }

roots() {
  run "$EVIDENCE_DIFF" roots-export "$BASELINE" --output "$ROOTS" --format json
  run "$EVIDENCE_DIFF" sign "$ROOTS" --key "$SIGNING_KEY" --upgrade "$UPGRADE_ID"
}

roots_vouched() { run "$EVIDENCE_DIFF" verify-signature "$ROOTS" --trusted-key "$TRUSTED_KEY" --expect-upgrade "$UPGRADE_ID"; }

counts() { run_to "$STATS" "$EVIDENCE_DIFF" stats "$BASELINE"; }

begin() {
  if ! $DRY_RUN; then date -u +%Y-%m-%dT%H:%M:%SZ >"$STATE/start-time"; fi
}

artefact 0 'the upgrade begins' begin : "$STATE/start-time"
artefact 1 'record the version' version : "$BACKUP/pre-upgrade-version.txt"
step 2 'system health' health
step 3 'no pending migrations' no_pending_migrations
step 4 'queue depths' queues
artefact 5 'evidence baseline, signed' baseline vouched "$BASELINE" "$BASELINE.dsse.json"
artefact 6 'Merkle roots, signed' roots roots_vouched "$ROOTS" "$ROOTS.dsse.json"
artefact 7 'evidence counts' counts : "$STATS"
ended
say 'Phase 1 is done. Take the private key off this machine, and keep a copy of the baseline elsewhere.'
