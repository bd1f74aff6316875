# Sourced by what stands in for the command: asks the process of command-server.mjs, which is there already, for what
# `evidence-diff "$@"` says, says it, and ends with its exit code.
# shellcheck shell=bash
ask() {
  exec 3<>"/dev/tcp/127.0.0.1/$RUNBOOK_PORT" || exit 70
  printf '%s\0' "$(($# + 4))" "$PWD" "$(umask)" "${RUNBOOK_CASE:-}" "${STORE_URL:-}" "$@" >&3
  IFS= read -r -d '' out <&3
  IFS= read -r -d '' err <&3
  read -r code <&3 || exit 70
  printf '%s' "$out"
  printf '%s' "$err" >&2
  exit "$code"
}
