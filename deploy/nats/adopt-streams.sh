#!/bin/sh
# adopt-streams.sh <store directory> <account>: before nats-server starts.
# JetStream keeps what belongs to an account in a folder of its name, and only one account of ours stores anything. What lies
# under another name is ours from before: from the time of passwords ($G), or from when there were other keys. It is taken over
# where the account has nothing yet.
set -eu
root="$1/jetstream"
own="$root/$2"
[ -d "$root" ] && [ ! -d "$own" ] || exit 0
found=
for other in "$root/\$G" "$root"/A*; do
  name="${other##*/}"
  [ "$name" = "\$G" ] || [ "${#name}" = 56 ] || continue
  [ -n "$(ls "$other/streams" 2>/dev/null)" ] || continue
  if [ -n "$found" ]; then
    echo "$root: expected the streams of one earlier account, found ${found##*/} and $name: rename the right one to $2" >&2
    exit 1
  fi
  found="$other"
done
[ -n "$found" ] || exit 0
mv "$found" "$own"
echo "streams of ${found##*/} are the account's now: $own"
