#!/bin/sh
# A container does not see the addresses of its host; the service `secrets` has written them down. Settings go first.
set -eu
found=$(cat /run/veche/addresses 2>/dev/null || true)
export JVB_ADVERTISE_IPS="${JVB_ADVERTISE_IPS:-${DOCKER_HOST_ADDRESS:-$found}}"
# Several bridges of one host are told apart by their containers.
export VECHE_BRIDGE_ID="${VECHE_BRIDGE_ID:-jvb-$(hostname)}"
# Phones are told one of them; the first is the host's own in its network.
first="${DOCKER_HOST_ADDRESS:-$found}"
export VECHE_SIP_ADVERTISE="${VECHE_SIP_ADVERTISE:-${first%%,*}}"
export VECHE_TLS_NAMES="${VECHE_TLS_NAMES:-${DOCKER_HOST_ADDRESS:-$found}}"
exec "$@"
