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

# What was recorded since the backup is lost by the restore. It is kept first, so that it is lost to the store and not to
# the world: the database as it is, sound or not, and beside it what is in it that the baseline has not.
keep_what_is_there() {
  local code=0
  run "$PG_DUMP" -Fc -d "$PGDATABASE" -f "$BACKUP/before-restore.dump.partial"
  run mv "$BACKUP/before-restore.dump.partial" "$BACKUP/before-restore.dump"
  keep "$BACKUP/before-restore.dump"
  # Any answer will do here: that the evidence is not what it was may be why we are here.
  continuity append "$REPORTS/before-restore" "$BLUE_NAMESPACE" || code=$?
  if $DRY_RUN; then return 0; fi
  journal note --note "continuity before the restore: exit code $code"
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
    step R3a 'keep what is there now' keep_what_is_there
    step R3b 'stop the services' stop_services
    step R3 'restore the database' restore
    step R4 'verify the rollback' verify frozen
    step R3c 'the old version' redeploy
    ;;
  *)
    say 'say how: canary, redeploy or restore'
    exit "$USAGE_ERROR"
    ;;
esac
