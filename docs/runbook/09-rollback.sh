#!/usr/bin/env bash
# Rollback. `09-rollback.sh canary` takes the traffic off green; `redeploy` brings back the old version where the
# migrations are backward-compatible (R1, R2, R4); `restore` brings back the database as well (R1, R3, R4).
# shellcheck source=lib.sh
. "$(command -p dirname "${BASH_SOURCE[0]}")/lib.sh"
#
# Each run is a rollback of its own: everything is done and verified again, and nothing that was done before it counts as
# done afterwards.
HOW=${1:-}
shift || true
KEYS_ARE_ASKED=later
open_upgrade "$@"
case $HOW in
  canary) ;;
  redeploy) require PREVIOUS_VERSION HELM_CHART ;;
  restore) require PREVIOUS_VERSION HELM_CHART PGDATABASE ;;
  *)
    say 'say how: canary, redeploy or restore'
    exit "$USAGE_ERROR"
    ;;
esac
require_blue

# The traffic comes off whether or not that can be written down; but without a new attempt nothing here is right.
traffic_off() {
  no_traffic
  $BEGUN || stop "no new attempt could be begun in $STATE: what was done before still counts as done"
}

assess() { run_to "$REPORTS/rollback-migrations.txt" "$STELLA" system migrations-status; }

redeploy() {
  run "$HELM" upgrade "$BLUE_NAMESPACE" "$HELM_CHART" --namespace "$BLUE_NAMESPACE" --set "image.tag=$PREVIOUS_VERSION" --wait
}

# What was recorded since the backup is lost by the restore. It is kept first, so that it is lost to the store and not to
# the world: the database as it is, sound or not, and beside it what is in it that the baseline has not.
keep_what_is_there() {
  local code=0
  # Of this attempt alone: what an earlier restore has kept is the only copy of it.
  local dump=$BACKUP/before-restore-$ATTEMPT.dump
  run "$PG_DUMP" -Fc -d "$PGDATABASE" -f "$dump.partial"
  run mv "$dump.partial" "$dump"
  keep "$dump"
  # Any answer will do here: that the evidence is not what it was may be why we are here.
  continuity append "$REPORTS/before-restore" --namespace "$BLUE_NAMESPACE" || code=$?
  if $DRY_RUN; then return 0; fi
  journal note --note "continuity before the restore: exit code $code"
}

stop_services() { run "$KUBECTL" scale deployment --all --replicas=0 -n "$BLUE_NAMESPACE"; }

# In one transaction: the database is the old one or the restored one, and nothing in between.
restore() {
  if [[ -e $STATE/8.made ]]; then
    unchanged 8
  elif ! $DRY_RUN; then
    say "step 8 has not made $DUMP: nothing says what is in it until step R4 has looked"
  fi
  approve "Replace the database $PGDATABASE by the dump $DUMP?"
  run "$PG_RESTORE" --clean --if-exists --exit-on-error --single-transaction -d "$PGDATABASE" "$DUMP"
}

evidence() {
  continuity "$1" "$REPORTS/step-$CURRENT_STEP-continuity" --namespace "$BLUE_NAMESPACE"
  keep_report "$REPORTS/step-$CURRENT_STEP-continuity"
}

verify() {
  run "$STELLA" doctor --full
  run "$EVIDENCE_DIFF" verify-all --namespace "$BLUE_NAMESPACE" --config "$EVIDENCE_CONFIG"
  evidence "$1"
}

BEGUN=true
raise_attempt || BEGUN=false
step R0 'no traffic to green' traffic_off
verdict_keys now
# What was deployed, migrated and verified before is not what will be there afterwards.
if [[ $HOW != canary ]]; then reopen 3 6; fi
case $HOW in
  canary)
    say 'No traffic goes to green any more.'
    step R4 'evidence after the rollback' evidence append
    ;;
  redeploy)
    step R1 'state of the database' assess
    step R2 'the old version' redeploy
    step R4 'verify the rollback' verify append
    ;;
  restore)
    step R1 'state of the database' assess
    step R3a 'keep what is there now' keep_what_is_there
    step R3b 'stop the services' stop_services
    step R3 'restore the database' restore
    step R4 'verify the rollback' verify frozen
    step R3c 'the old version' redeploy
    step R4a 'evidence with the old version' evidence append
    ;;
esac
