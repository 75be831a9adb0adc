#!/bin/sh
# The name of a recorder has to outlive its container, and several of them share the volume: each takes the first name that
# nobody holds, for as long as it lives.
set -eu
if [ -z "${VECHE_RECORDER_ID:-}" ]; then
  held="$JIBRI_RECORDING_DIR/.recorders"
  mkdir -p "$held"
  number=1
  while exec 9>"$held/$number" && ! flock -n 9; do number=$((number + 1)); done
  export VECHE_RECORDER_ID="recorder-$number"
fi
exec "$@"
