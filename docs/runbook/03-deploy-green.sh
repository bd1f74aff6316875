#!/usr/bin/env bash
# Phase 3, platform team: the new version beside the old one, without traffic. Steps 12 to 15.
# shellcheck source=lib.sh
. "$(command -p dirname "${BASH_SOURCE[0]}")/lib.sh"
open_upgrade "$@"
require TARGET_VERSION HELM_CHART HELM_VALUES
phase 3

# --dry-run of kubectl and apply: the namespace may be there from a run that was broken off.
namespace() {
  run_to "$STATE/namespace.yaml" "$KUBECTL" create namespace "$GREEN_NAMESPACE" --dry-run=client -o yaml
  run "$KUBECTL" apply -f "$STATE/namespace.yaml"
}

# Through a file that nobody else can read, so that each exit code is seen; it is removed again.
secrets() {
  run_to "$STATE/secret.yaml" "$KUBECTL" get secret stellaops-secrets -n "$BLUE_NAMESPACE" -o yaml
  if ! $DRY_RUN; then
    sed "s/^  namespace: $BLUE_NAMESPACE\$/  namespace: $GREEN_NAMESPACE/" "$STATE/secret.yaml" >"$STATE/green-secret.yaml"
  fi
  run "$KUBECTL" apply -f "$STATE/green-secret.yaml"
  run rm -f "$STATE/secret.yaml" "$STATE/green-secret.yaml"
}

deploy() {
  run "$HELM" upgrade "$GREEN_NAMESPACE" "$HELM_CHART" --install --namespace "$GREEN_NAMESPACE" \
    --values "$HELM_VALUES" --set "image.tag=$TARGET_VERSION" --wait --timeout 10m
}

# `get pods -w` would never end.
pods() { run "$KUBECTL" wait pods --all --for=condition=Ready -n "$GREEN_NAMESPACE" --timeout=10m; }

once 12 'green namespace' namespace
once 13 'secrets for green' secrets
once 14 'deploy the new version' deploy
step 15 'all pods are ready' pods
ended
