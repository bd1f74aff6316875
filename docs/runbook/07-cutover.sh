#!/usr/bin/env bash
# Phase 7, platform team: traffic to green, 10, 50 and 100 %, with a gate after each. Steps 25 to 29.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
open_upgrade "$@"
require APP_HOST CANARY_HOLD_SECONDS
if [[ -z ${METRICS_URL:-} && -z ${METRICS_FILE:-} ]]; then require METRICS_URL; fi

canary() {
  if ! $DRY_RUN; then
    cat >"$STATE/canary.yaml" <<YAML
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: stellaops-canary
  namespace: $GREEN_NAMESPACE
  annotations:
    nginx.ingress.kubernetes.io/canary: "true"
    nginx.ingress.kubernetes.io/canary-weight: "10"
spec:
  ingressClassName: nginx
  rules:
    - host: $APP_HOST
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: stellaops-api
                port:
                  number: 80
YAML
  fi
  run "$KUBECTL" apply -f "$STATE/canary.yaml"
}

weight() {
  run "$KUBECTL" patch ingress stellaops-canary -n "$GREEN_NAMESPACE" --type=json \
    -p="[{\"op\": \"replace\", \"path\": \"/metadata/annotations/nginx.ingress.kubernetes.io~1canary-weight\", \"value\": \"$1\"}]"
}

# Either a server, which also has what this tool has written for its exporter, or files: then that one is named as well.
metrics_options() {
  if [[ -n ${METRICS_FILE:-} ]]; then
    printf '%s\n' --metrics-file "$METRICS_FILE" --metrics-file "$METRICS_TEXTFILE"
  else
    printf '%s\n' --metrics-url "$METRICS_URL"
  fi
}

# Growth is expected now: green has traffic. The exit code of the comparison is in the report, and the gate reads that;
# so both codes are taken here, and none is passed over.
watch() {
  local number=$1 report=$REPORTS/step-$1-continuity metrics code=0
  mapfile -t metrics < <(metrics_options)
  run sleep "$CANARY_HOLD_SECONDS"
  continuity append "$report" "$GREEN_NAMESPACE" || code=$?
  run "$EVIDENCE_DIFF" gate cutover --report "$report.json" "${metrics[@]}" --config "$EVIDENCE_CONFIG" \
    --output "$REPORTS/step-$number-gate.json" || code=$?
  if $DRY_RUN; then return 0; fi
  journal decision --file "$report.json" --file "$REPORTS/step-$number-gate.json" --note "exit code $code"
  case $code in
    0) ;;
    1)
      weight 0
      journal rollback --note 'no traffic to green any more'
      say 'ROLLBACK: the canary has no traffic any more. Go on with 09-rollback.sh.'
      exit 1
      ;;
    *) exit "$code" ;;
  esac
}

step 25 'canary at 10 %' canary
step 26 'watch the canary' watch 26
step 27 'canary at 50 %' weight 50
step 28 'watch the canary' watch 28
step 29 'all traffic to green' weight 100
