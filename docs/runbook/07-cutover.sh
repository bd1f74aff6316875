#!/usr/bin/env bash
# Phase 7, platform team: traffic to green, 10, 50 and 100 %, with a gate after each. Steps 25 to 29.
# shellcheck source=lib.sh
. "$(command -p dirname "${BASH_SOURCE[0]}")/lib.sh"
open_upgrade "$@"
require APP_HOST CANARY_HOLD_SECONDS
require_metrics
metrics_options
require_blue
phase 7
# Traffic begins at 10 % again, whatever was reached before: neither the cutover nor its validation is done until it is.
unmark 29 29a 37a

# traffic ARGUMENT...: kubectl, unless a rollback was begun. If one begins at this very moment its own removal of the
# traffic may come first: so whoever comes last looks, and takes it off again.
traffic() {
  local code=0
  still_this_attempt
  run "$KUBECTL" "$@" || code=$?
  if ! $DRY_RUN && [[ $(latest_attempt) != "$ATTEMPT" ]]; then
    no_traffic || say 'TRAFFIC MAY STILL GO TO GREEN: take it off by hand'
    stop "a rollback was begun while attempt $ATTEMPT was under way"
  fi
  return "$code"
}

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
  traffic apply -f "$STATE/canary.yaml"
}

weight() {
  "${@:2}" patch ingress stellaops-canary -n "$GREEN_NAMESPACE" --type=json \
    -p="[{\"op\": \"replace\", \"path\": \"/metadata/annotations/nginx.ingress.kubernetes.io~1canary-weight\", \"value\": \"$1\"}]"
}

# Evidence is lost or altered. That no traffic goes to green comes before everything that is written down about it.
roll_back() {
  raise_attempt || say "no new attempt could be begun in $STATE: what was done before still counts as done"
  weight 0 run "$KUBECTL" || no_traffic || {
    say 'TRAFFIC STILL GOES TO GREEN: take it off by hand, and go on with 09-rollback.sh.'
    exit 1
  }
  reopen 5 6 || say "what phases 5 and 6 have shown could not be taken back in $STATE: run them before the next cutover"
  journal rollback --note 'no traffic to green any more'
  say 'ROLLBACK: the canary has no traffic any more. Go on with 09-rollback.sh.'
  exit 1
}

# Growth is expected now: green has traffic. The gate reads the report of the comparison; both codes are taken here, and
# neither hides the other.
watch() {
  local report=$REPORTS/step-$1-continuity decision=$REPORTS/step-$1-gate.json found=0 code=0
  run sleep "$CANARY_HOLD_SECONDS"
  continuity append "$report" --namespace "$GREEN_NAMESPACE" || found=$?
  until_scraped
  gate cutover "$report" "$decision" "${METRICS[@]}" || code=$?
  if $DRY_RUN; then return 0; fi
  if ((found == 1 || code == 1)); then roll_back; fi
  if [[ -e $report.json && -e $decision ]]; then
    journal decision --file "$report.json" --file "$decision" --note "continuity: exit code $found; gate: exit code $code"
  fi
  if ((found != 0)); then exit "$found"; fi
  if ((code != 0)); then exit "$code"; fi
}

# No hold and no gate: whether the evidence holds when green has all of the traffic, and not at 50 % for the last time.
last_look() {
  local code=0
  continuity append "$REPORTS/step-29-continuity" --namespace "$GREEN_NAMESPACE" || code=$?
  if ((code == 1)); then roll_back; fi
  if ((code != 0)); then exit "$code"; fi
}

step 25 'canary at 10 %' canary
step 26 'watch the canary' watch 26
step 27 'canary at 50 %' weight 50 traffic
step 28 'watch the canary' watch 28
step 29 'all traffic to green' weight 100 traffic
step 29a 'evidence at 100 %' last_look
