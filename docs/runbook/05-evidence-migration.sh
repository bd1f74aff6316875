#!/usr/bin/env bash
# Phase 5, platform team: the evidence after the migrations. Steps 19 to 21.
# shellcheck source=lib.sh
. "$(command -p dirname "${BASH_SOURCE[0]}")/lib.sh"
open_upgrade "$@"
require EVIDENCE_MIGRATION
if [[ $EVIDENCE_MIGRATION == yes ]]; then require MIGRATION; fi
phase 5

# The baseline is the one that was signed for this upgrade.
believed() { run "$EVIDENCE_DIFF" verify-signature "$BASELINE" --trusted-key "$TRUSTED_KEY" --expect-upgrade "$UPGRADE_ID"; }

# What the platform says, and what the baseline says beside the store, or beside the migration. Exit code 12 is "needed";
# 2 is "cannot be said", and then step 21 is the judge.
plan() {
  local code=0 looked=(--namespace "$GREEN_NAMESPACE" --config "$EVIDENCE_CONFIG")
  # What an altered baseline seems to need is no plan, and nothing may be migrated that could never be proven. Where nothing
  # is to be migrated, step 21 says what is wrong with it.
  believed || code=$?
  if ((code != 0)); then
    if [[ $EVIDENCE_MIGRATION == yes ]]; then return "$code"; fi
    journal note --note "the baseline is not believed (exit code $code): step 21 says why"
    return 0
  fi
  run_to "$REPORTS/evidence-migration-plan.txt" "$STELLA" evidence migrate --dry-run --namespace "$GREEN_NAMESPACE"
  if [[ $EVIDENCE_MIGRATION == yes ]]; then
    run "$EVIDENCE_DIFF" verify-signature "$MIGRATION" --trusted-key "$TRUSTED_KEY" --expect-upgrade "$UPGRADE_ID"
    looked=(--migration "$MIGRATION")
  fi
  run_to "$REPORTS/evidence-migration-needed.txt" "$EVIDENCE_DIFF" migrate --dry-run --baseline "$BASELINE" "${looked[@]}" ||
    code=$?
  case $code in
    0) ;;
    12)
      if [[ $EVIDENCE_MIGRATION != yes ]]; then
        stop "evidence has to be migrated: $REPORTS/evidence-migration-needed.txt.partial; declare how, sign it (MIGRATION)"
      fi
      ;;
    2) journal note --note 'whether evidence has to be migrated cannot be said: step 21 says what became of it' ;;
    *) exit "$code" ;;
  esac
}

# The migration itself is the platform's; what it was meant to do is in MIGRATION, signed before it runs, and from then on
# green is held against the baseline under it. Without one, step 21 says FAIL, and rightly.
migrate() {
  if [[ $EVIDENCE_MIGRATION != yes ]]; then return 0; fi
  approve "The plan in $REPORTS/evidence-migration-plan.txt was reviewed?"
  run "$STELLA" evidence migrate --namespace "$GREEN_NAMESPACE" --batch-size 100 --progress
  keep "$MIGRATION" "$MIGRATION.dsse.json"
  if ! $DRY_RUN; then date -u +%Y-%m-%dT%H:%M:%SZ >"$MARKS/migrated"; fi
}

# A store that is sound in itself may have lost half of its records: it is held against the baseline as well, and no
# traffic may write yet, so any addition is a fault too.
verify() { captured_continuity "$(mode_before_traffic)" "$REPORTS/step-21-continuity" "$GREEN_NAMESPACE"; }

# After a rollback the old version has recorded on: growth is what is there, and the gate is told so.
may_get_traffic() {
  local grown=()
  if [[ $(mode_before_traffic) == append ]]; then grown=(--accept-growth); fi
  ask_gate post-migration "$REPORTS/step-21-continuity" "${grown[@]}"
}

step 19 'does the evidence have to be migrated?' plan
once 20 'evidence migration, if it has to' migrate
step 21 'evidence after the migrations' verify
step 21a 'may green get traffic?' may_get_traffic
ended
