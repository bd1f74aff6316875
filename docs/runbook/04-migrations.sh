#!/usr/bin/env bash
# Phase 4, platform team and DBA: database migrations. Steps 16 to 18.
# shellcheck source=lib.sh
. "$(command -p dirname "${BASH_SOURCE[0]}")/lib.sh"
open_upgrade "$@"
phase 4

category_a() { run "$STELLA" system migrations-run --category A --namespace "$GREEN_NAMESPACE"; }

all_applied() {
  run_to "$REPORTS/migrations-status.txt" "$STELLA" system migrations-status --namespace "$GREEN_NAMESPACE"
  # A list that says nothing, as of a full disk, does not say that all is applied.
  if ! $DRY_RUN && [[ ! -s $REPORTS/migrations-status.txt ]]; then
    stop "no migration is listed: $REPORTS/migrations-status.txt"
  fi
  if ! $DRY_RUN && grep -qiE 'pending|failed' "$REPORTS/migrations-status.txt"; then
    stop "a migration is not applied: $REPORTS/migrations-status.txt"
  fi
}

category_b() {
  run_to "$REPORTS/migrations-pending.txt" "$STELLA" system migrations-pending --category B --namespace "$GREEN_NAMESPACE"
  if ! $DRY_RUN && [[ ! -s $REPORTS/migrations-pending.txt ]]; then return 0; fi
  approve "The migrations in $REPORTS/migrations-pending.txt were reviewed?"
  run "$STELLA" system migrations-run --category B --namespace "$GREEN_NAMESPACE" --confirm
}

once 16 'migrations of category A' category_a
step 17 'all migrations applied' all_applied
once 18 'migrations of category B, if there are any' category_b
ended
