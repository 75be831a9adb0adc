#!/bin/sh
# What a joined host was told by its signalling host (deploy/hosts): where NATS is, what this host is called, which files are its own.
# Lines `NAME=value`; what is set here already counts more.
set -eu
told=/run/veche/host.env
if [ -r "$told" ]; then
  while IFS='=' read -r name value; do
    case "$name" in
      "" | *[!A-Z0-9_]*) continue ;;
    esac
    [ -n "$(printenv "$name" || true)" ] || export "$name=$value"
  done < "$told"
fi
# A container does not see the addresses of its host; what ran before it has written them down.
if [ "${VECHE_PRIVATE_ADDRESS:-}" = host ]; then
  addresses="${DOCKER_HOST_ADDRESS:-$(cat /run/veche/addresses 2>/dev/null || true)}"
  export VECHE_PRIVATE_ADDRESS="${addresses%%,*}"
fi
exec "$@"
