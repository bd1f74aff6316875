#!/usr/bin/env bash
# Phase 10, platform team: after 72 hours of observation. Steps 40 to 43.
# shellcheck source=lib.sh
. "$(command -p dirname "${BASH_SOURCE[0]}")/lib.sh"
open_upgrade "$@"
require ARCHIVE_DIR TARGET_VERSION
if verdicts_are_signed; then require_metrics; fi

stable() {
  run "$STELLA" doctor --full
  run "$EVIDENCE_DIFF" verify-all --namespace "$GREEN_NAMESPACE" --config "$EVIDENCE_CONFIG"
  continuity append "$REPORTS/step-40-continuity" --namespace "$GREEN_NAMESPACE"
  keep_report "$REPORTS/step-40-continuity"
}

# 72 hours since green got all traffic, which the mark of step 29 has the time of.
observed() {
  local since=''
  if [[ -e $MARKS/29.done ]]; then since=$(cat "$MARKS/29.done"); fi
  if ! $DRY_RUN && [[ -z $since ]]; then stop "step 29 was not done in attempt $ATTEMPT: $BLUE_NAMESPACE may be in use"; fi
  ask_signed_gate observation "$REPORTS/step-40-continuity" --since "${since:-...}"
}

# Only after a cutover and a validation that no rollback has undone: blue may have the traffic again.
remove_blue() {
  local number
  if ! $DRY_RUN; then
    for number in 29a 37a; do
      marked "$number" || stop "step $number was not done in attempt $ATTEMPT: $BLUE_NAMESPACE may be in use"
    done
  fi
  approve "Delete the namespace $BLUE_NAMESPACE?"
  if ! $DRY_RUN; then touch "$STATE/blue-removed"; fi
  run "$KUBECTL" delete namespace "$BLUE_NAMESPACE"
}

# Nothing is archived that is not what was made: every file by its digest, the bundle by itself, the journal by its chain.
# The archive is read back before it counts. One that was made before stays, if it is still what was made.
archive() {
  local archive=$ARCHIVE_DIR/upgrade-$UPGRADE_ID.tar.gz
  run "$EVIDENCE_DIFF" verify-bundle "$BUNDLE"
  run "$EVIDENCE_DIFF" verify-signature "$BASELINE" --trusted-key "$TRUSTED_KEY" --expect-upgrade "$UPGRADE_ID"
  journal_head
  run "$EVIDENCE_DIFF" journal verify "$JOURNAL" "${HEAD[@]}"
  if $DRY_RUN; then return 0; fi
  if [[ -e $archive ]]; then
    sha256sum --check --quiet --strict "$STATE/archive.sha256"
    check_archive "$archive"
    return 0
  fi
  # Of a file that a repeated step made anew the last digest counts.
  awk '{ last[$2] = $0 } END { for (name in last) print last[name] }' "$STATE/SHA256SUMS" >"$STATE/SHA256SUMS.last"
  (cd "$UPGRADE_DIR" && sha256sum --check --quiet --strict "$STATE/SHA256SUMS.last")
  (cd "$UPGRADE_DIR" && find backup reports journal.ndjson -type f -print0 | LC_ALL=C sort -z | xargs -0 "$(command -pv sha256sum)") >"$STATE/MANIFEST.sha256"
  tar --sort=name --owner=0 --group=0 --numeric-owner -czf "$archive.partial" -C "$UPGRADE_DIR" \
    backup reports journal.ndjson -C "$STATE" MANIFEST.sha256
  check_archive "$archive.partial"
  sync "$archive.partial"
  sha256sum "$archive.partial" | sed 's/\.partial$//' >"$STATE/archive.sha256"
  mv "$archive.partial" "$archive"
  sync "$ARCHIVE_DIR"
  cat "$STATE/archive.sha256"
}

check_archive() {
  local folder
  folder=$(mktemp -d "$STATE/archive.XXXXXX")
  tar -xzf "$1" -C "$folder"
  (cd "$folder" && sha256sum --check --quiet --strict MANIFEST.sha256)
  rm -rf "$folder"
}

document() {
  run_to "$REPORTS/current-version.txt" printf '%s\n' "$TARGET_VERSION"
}

step 40 'stable after 72 hours' stable
step 40a 'may blue be removed?' observed
once 41 'remove blue' remove_blue
step 42 'archive' archive
step 43 'documentation' document
