#!/bin/sh
# The XMPP server makes TURN credentials of the secret that the service `turn` has, unless .env names another.
set -eu
secret=/run/veche/turn-secret
if [ -z "${TURN_CREDENTIALS:-}${TURN_CREDENTIALS_FILE:-}" ] && [ -r "$secret" ]; then
  unset TURN_CREDENTIALS
  export TURN_CREDENTIALS_FILE="$secret"
fi
exec "$@"
