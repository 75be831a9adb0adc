#!/bin/sh
# coturn (Debian's) with a secret shared with the XMPP server, which makes credentials of it for each client. It relays to
# the addresses at which clients reach the bridges of this host, and to VECHE_TURN_PEERS (those of other hosts), so that nobody gets
# further into this network by it.
set -eu
umask 077
directory=${TMPDIR:-/tmp}
addresses="${VECHE_TURN_PEERS:+$VECHE_TURN_PEERS,}${JVB_ADVERTISE_IPS:-${DOCKER_HOST_ADDRESS:-$(cat /run/veche/addresses)}}"
{
  echo "listening-port=$TURN_PORT"
  echo "realm=$TURN_REALM"
  echo "use-auth-secret"
  echo "static-auth-secret=${TURN_CREDENTIALS:-$(cat /run/veche/turn-secret)}"
  echo "fingerprint"
  echo "no-cli"
  echo "no-tls"
  echo "no-dtls"
  echo "no-tcp-relay"
  echo "no-multicast-peers"
  echo "denied-peer-ip=0.0.0.0-255.255.255.255"
  echo "denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
  echo "$addresses" | tr ',' '\n' | sed 's/#.*//; s/[][]//g; /^$/d; /^127\./d; s/^/allowed-peer-ip=/'
  echo "user-quota=12"
  echo "total-quota=1200"
  echo "log-file=stdout"
  echo "simple-log"
  echo "pidfile=$directory/turnserver.pid"
  echo "userdb=$directory/turndb"
} > "$directory/turnserver.conf"
exec turnserver -c "$directory/turnserver.conf"
