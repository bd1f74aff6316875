#!/usr/bin/env bash
# Rollback. `09-rollback.sh canary` takes the traffic off green; `redeploy` brings back the old version where the
# migrations are backward-compatible (R1, R2, R4); `restore` brings back the database as well (R1, R3, R4).
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
HOW=${1:-}
shift || true
open_upgrade "$@"

no_traffic() { run "$KUBECTL" delete ingress stellaops-canary -n "$GREEN_NAMESPACE" --ignore-not-found; }

assess() { run_to "$REPORTS/rollback-migrations.txt" "$STELLA" system migrations-status; }

redeploy() {
  run "$HELM" upgrade "$BLUE_NAMESPACE" "$HELM_CHART" --namespace "$BLUE_NAMESPACE" --set "image.tag=$PREVIOUS_VERSION" --wait
}

# What was recorded since the backup is lost by the restore. It is written down first, so that it is lost to the store and
# not to the world. The capture may find faults (they may be why we are here): the snapshot is what counts.
keep_what_is_there() {
  local code=0
  run "$EVIDENCE_DIFF" verify-all --namespace "$BLUE_NAMESPACE" --config "$EVIDENCE_CONFIG" --depth full \
    --output "$BACKUP/before-restore.ndjson" --include-merkle-roots || code=$?
  if $DRY_RUN; then return 0; fi
  if [[ ! -s $BACKUP/before-restore.ndjson ]]; then
    approve "What is in the store now could not be captured (exit code $code). Restore all the same?"
    return 0
  fi
  keep "$BACKUP/before-restore.ndjson"
}

stop_services() { run "$KUBECTL" scale deployment --all --replicas=0 -n "$BLUE_NAMESPACE"; }

# In one transaction: the database is the old one or the restored one, and nothing in between.
restore() {
  approve "Replace the database $PGDATABASE by the dump $DUMP?"
  run "$PG_RESTORE" --clean --if-exists --exit-on-error --single-transaction -d "$PGDATABASE" "$DUMP"
}

verify() {
  run "$STELLA" doctor --full
  run "$EVIDENCE_DIFF" verify-all --namespace "$BLUE_NAMESPACE" --config "$EVIDENCE_CONFIG"
  continuity "$1" "$REPORTS/step-R4-continuity" "$BLUE_NAMESPACE"
  keep "$REPORTS/step-R4-continuity.json"
}

# What the restore took away: FAIL is the expected answer, and the list is what people have to look at.
lost() {
  local code=0
  if $DRY_RUN || [[ ! -s $BACKUP/before-restore.ndjson ]]; then return 0; fi
  run "$EVIDENCE_DIFF" verify-continuity --baseline "$BACKUP/before-restore.ndjson" --namespace "$BLUE_NAMESPACE" \
    --config "$EVIDENCE_CONFIG" --output "$REPORTS/lost-by-restore.json" --output "$REPORTS/lost-by-restore.html" || code=$?
  if ((code > 1)); then exit "$code"; fi
  keep "$REPORTS/lost-by-restore.json"
}

case $HOW in
  canary)
    step R0 'no traffic to green' no_traffic
    ;;
  redeploy)
    require PREVIOUS_VERSION HELM_CHART
    step R0 'no traffic to green' no_traffic
    step R1 'state of the database' assess
    step R2 'the old version' redeploy
    step R4 'verify the rollback' verify append
    ;;
  restore)
    require PREVIOUS_VERSION HELM_CHART PGDATABASE
    step R0 'no traffic to green' no_traffic
    step R1 'state of the database' assess
    step R3a 'what is there now' keep_what_is_there
    step R3b 'stop the services' stop_services
    step R3 'restore the database' restore
    step R4 'verify the rollback' verify frozen
    step R4a 'what the restore took away' lost
    step R3c 'the old version' redeploy
    ;;
  *)
    say 'say how: canary, redeploy or restore'
    exit "$USAGE_ERROR"
    ;;
esac
