#!/usr/bin/env bash
# Phase 2, DBA: everything that a full rollback needs. Steps 8 to 11, then the approval.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
open_upgrade "$@"
require PGDATABASE

# The dump appears under its name when it is whole. A record that was written between baseline and dump would be
# "added" after a rollback, so the store must still be the baseline when the dump is done.
dump() {
  run "$PG_DUMP" -Fc -d "$PGDATABASE" -f "$DUMP.partial"
  run mv "$DUMP.partial" "$DUMP"
  continuity frozen "$REPORTS/step-08-continuity" "$BLUE_NAMESPACE"
  keep "$DUMP"
}

dump_is_readable() { run_to "$REPORTS/dump-contents.txt" "$PG_RESTORE" --list "$DUMP"; }

# The bundle is another capture: it has to be the same evidence as the baseline.
bundle() {
  run "$EVIDENCE_DIFF" export --all --namespace "$BLUE_NAMESPACE" --config "$EVIDENCE_CONFIG" --output "$BUNDLE"
  run "$EVIDENCE_DIFF" verify-bundle "$BUNDLE"
  run "$EVIDENCE_DIFF" "$BASELINE" "$BUNDLE" --trusted-key "$TRUSTED_KEY" --expect-upgrade "$UPGRADE_ID" \
    --mode frozen --output "$REPORTS/step-10-continuity.json"
  keep "$BUNDLE/SHA256SUMS" "$BUNDLE/manifest.json"
}

configuration() {
  run_to "$BACKUP/configmaps.yaml" "$KUBECTL" get configmap -n "$BLUE_NAMESPACE" -o yaml
  run_to "$BACKUP/secrets.yaml" "$KUBECTL" get secret -n "$BLUE_NAMESPACE" -o yaml
  keep "$BACKUP/configmaps.yaml" "$BACKUP/secrets.yaml"
}

preflight() { approve 'Version, health, baseline, backup, bundle and configuration are there; window and rollback plan agreed?'; }

step 8 'PostgreSQL backup' dump
step 9 'the backup can be read' dump_is_readable
step 10 'evidence bundle' bundle
step 11 'configuration backup' configuration
step 11a 'pre-flight approval' preflight
