#!/usr/bin/env bash
# Phase 6, QA: green works before it gets traffic. Steps 22 to 24.
# shellcheck source=lib.sh
. "$(command -p dirname "${BASH_SOURCE[0]}")/lib.sh"
open_upgrade "$@"
phase 6

health() { run "$STELLA" doctor --full --namespace "$GREEN_NAMESPACE"; }
smoke() { run "$STELLA" test smoke --namespace "$GREEN_NAMESPACE"; }
critical_paths() { run "$STELLA" test critical-paths --namespace "$GREEN_NAMESPACE"; }

step 22 'health of green' health
step 23 'smoke tests' smoke
step 24 'critical paths' critical_paths
ended
