#!/usr/bin/env bash
# Phase 5, platform team: the evidence after the migrations. Steps 19 to 21.
# shellcheck source=lib.sh
. "$(command -p dirname "${BASH_SOURCE[0]}")/lib.sh"
open_upgrade "$@"
require EVIDENCE_MIGRATION

plan() { run_to "$REPORTS/evidence-migration-plan.txt" "$STELLA" evidence migrate --dry-run --namespace "$GREEN_NAMESPACE"; }

# The migration itself is the platform's. Without a declared map of what it rewrote, step 21 says FAIL, and rightly.
migrate() {
  if [[ $EVIDENCE_MIGRATION != yes ]]; then return 0; fi
  approve "The plan in $REPORTS/evidence-migration-plan.txt was reviewed?"
  run "$STELLA" evidence migrate --namespace "$GREEN_NAMESPACE" --batch-size 100 --progress
}

# A store that is sound in itself may have lost half of its records: it is held against the baseline as well, and no
# traffic may write yet, so any addition is a fault too.
verify() { captured_continuity "$(mode_before_traffic)" "$REPORTS/step-21-continuity" "$GREEN_NAMESPACE"; }

step 19 'does the evidence have to be migrated?' plan
once 20 'evidence migration, if it has to' migrate
step 21 'evidence after the migrations' verify
