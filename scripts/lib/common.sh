# shellcheck shell=bash
# Shared by the scripts of this folder's parent: strict mode, places, progress.
# Sourced, never run.

set -euo pipefail
export LC_ALL=C.UTF-8

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$root/build
logs=$build/logs
# The distribution's Python, which has the distribution's NumPy; another one may
# come first on PATH.
python=/usr/bin/python3
mkdir -p "$logs"

# say TEXT... - a line of progress with the seconds since the script began.
say() { printf '[%4d s] %s\n' "$SECONDS" "$*"; }

# fail TEXT... - the end: the environment lacks something (exit code 3).
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 3
}

# no_arguments ARGUMENT... - the scripts take none but --help, which prints the
# comment at the head of the script.
no_arguments() {
  [ $# != 0 ] || return 0
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
  if [ "$1" = --help ] || [ "$1" = -h ]; then exit 0; else exit 2; fi
}

# logged NAME COMMAND... - runs the command with its output in build/logs/NAME.log;
# shows the latest line of it every 20 seconds, and the end of it on failure.
logged() {
  local log=$logs/$1.log pid status=0 waited=0
  shift
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  trap 'kill "$pid" 2>/dev/null; exit 130' INT TERM
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    waited=$((waited + 1))
    if [ $((waited % 100)) = 0 ]; then
      say "  ... $(tail -n 5 "$log" | tr '\r' '\n' | grep -v '^ *$' | tail -n 1 | cut -c 1-100)"
    fi
  done
  wait "$pid" || status=$?
  trap - INT TERM
  if [ "$status" != 0 ]; then
    tail -n 200 "$log" >&2
    echo "error: '$*' ended with exit code $status; all of its output: $log" >&2
  fi
  return "$status"
}
