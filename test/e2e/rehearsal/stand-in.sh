#!/usr/bin/env bash
# Stands in for kubectl, helm and stella: writes down how it was called, answers as far as the scripts look at the answer,
# and lets a hook do what the real one would do to the store at that moment.
set -euo pipefail
name=${0##*/}
printf '%s %s\n' "$name" "$*" >>"$STAND_IN_LOG"

hook() { if [[ -x $STAND_IN_HOOKS/$1 ]]; then "$STAND_IN_HOOKS/$1"; fi; }

case "$name $*" in
  'stella version') echo '2027.Q1' ;;
  'stella system migrations-status'*) echo '001_ledger_events  Applied' ;;
  'stella system migrations-pending'*) ;;
  'stella queue status'*) echo 'all queues: 0' ;;
  'stella evidence migrate --dry-run'*) echo 'no evidence migration is needed' ;;
  'stella evidence migrate --namespace'*) hook evidence ;;
  'stella system migrations-run --category A'*) hook migrations ;;
  'kubectl create namespace'*) printf 'kind: Namespace\nmetadata:\n  name: %s\n' "$3" ;;
  'kubectl get secret stellaops-secrets'*) printf 'kind: Secret\nmetadata:\n  namespace: %s\n' "$5" ;;
  'kubectl get '*) echo 'items: []' ;;
  'kubectl apply -f '*/canary.yaml) hook canary ;;
esac
