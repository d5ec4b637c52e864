# shellcheck shell=bash disable=SC2034  # the scripts use what is set here
# What the scripts in this folder share. Source it after `set -euo pipefail`.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=$root/.venv
log=$root/.cache/setup.log

say() { printf '==> %s\n' "$*"; }

# die SENTENCE [REMEDY]
die() {
    printf 'Error: %s\n' "$1" >&2
    if [ -n "${2-}" ]; then printf '  try: %s\n' "$2" >&2; fi
    exit 1
}

# quietly SENTENCE COMMAND...: the output goes to the log; on failure its end is shown, and the sentence.
quietly() {
    local sentence=$1
    shift
    if ! "$@" >>"$log" 2>&1; then
        tail -n 20 "$log" >&2
        die "$sentence" "read $log, then run the same command again"
    fi
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}
