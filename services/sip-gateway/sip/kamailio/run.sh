#!/bin/sh
# Kamailio in a container of its own: waits for the configuration that the gateway writes to the directory both share, and
# starts anew when it becomes another. `sh run.sh /shared/kamailio`
set -eu
directory=$1
config=$directory/kamailio.cfg
kamailio=
trap 'if [ -n "$kamailio" ]; then kill -TERM "$kamailio"; wait "$kamailio"; fi; exit 0' TERM INT

sum() { cat "$directory"/*.cfg 2>/dev/null | cksum; }

while :; do
  until [ -s "$config" ]; do sleep 0.2; done
  running=$(sum)
  kamailio -DD -E -f "$config" -w "$directory" -Y "$directory" -P "$directory/kamailio.pid" -m 64 -M 8 &
  kamailio=$!
  while kill -0 "$kamailio" 2>/dev/null; do
    if [ "$(sum)" != "$running" ]; then kill -TERM "$kamailio"; fi
    sleep 0.5
  done
  wait "$kamailio" || true
  kamailio=
  sleep 0.2
done
