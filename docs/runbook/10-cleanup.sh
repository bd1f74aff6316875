#!/usr/bin/env bash
# Phase 10, platform team: after 72 hours of observation. Steps 40 to 43.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
open_upgrade "$@"
require ARCHIVE_DIR TARGET_VERSION

stable() {
  run "$STELLA" doctor --full
  run "$EVIDENCE_DIFF" verify-all --namespace "$GREEN_NAMESPACE" --config "$EVIDENCE_CONFIG"
  continuity append "$REPORTS/step-40-continuity" "$GREEN_NAMESPACE"
  keep "$REPORTS/step-40-continuity.json"
}

remove_blue() {
  approve "Delete the namespace $BLUE_NAMESPACE?"
  run "$KUBECTL" delete namespace "$BLUE_NAMESPACE"
}

# Nothing is archived that is not what was made: every file by its digest, the bundle by itself, the journal by its chain.
# The archive is read back before it counts.
archive() {
  local archive=$ARCHIVE_DIR/upgrade-$UPGRADE_ID.tar.gz
  run "$EVIDENCE_DIFF" verify-bundle "$BUNDLE"
  run "$EVIDENCE_DIFF" verify-signature "$BASELINE" --trusted-key "$TRUSTED_KEY" --expect-upgrade "$UPGRADE_ID"
  run "$EVIDENCE_DIFF" journal verify "$JOURNAL"
  if $DRY_RUN; then return 0; fi
  # Of a file that a repeated step made anew the last digest counts.
  awk '{ last[$2] = $0 } END { for (name in last) print last[name] }' "$STATE/SHA256SUMS" >"$STATE/SHA256SUMS.last"
  (cd "$UPGRADE_DIR" && sha256sum --check --quiet --strict "$STATE/SHA256SUMS.last")
  (cd "$UPGRADE_DIR" && find backup reports journal.ndjson -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) >"$STATE/MANIFEST.sha256"
  tar --sort=name --owner=0 --group=0 --numeric-owner -czf "$archive.partial" -C "$UPGRADE_DIR" \
    backup reports journal.ndjson -C "$STATE" MANIFEST.sha256
  check_archive "$archive.partial"
  sync "$archive.partial"
  mv "$archive.partial" "$archive"
  sha256sum "$archive"
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
step 41 'remove blue' remove_blue
step 42 'archive' archive
step 43 'documentation' document
