#!/bin/sh
# Secrets that two services share: the one of the TURN server, of which the XMPP server makes credentials, and the password
# of recorders. Those of the service `secrets` are taken unless .env names others.
set -eu
secret=/run/veche/turn-secret
if [ -z "${TURN_CREDENTIALS:-}${TURN_CREDENTIALS_FILE:-}" ] && [ -r "$secret" ]; then
  unset TURN_CREDENTIALS
  export TURN_CREDENTIALS_FILE="$secret"
fi
secret=/run/veche/recorder-password
if [ -z "${JIBRI_RECORDER_PASSWORD:-}${JIBRI_RECORDER_PASSWORD_FILE:-}" ] && [ -r "$secret" ]; then
  unset JIBRI_RECORDER_PASSWORD
  export JIBRI_RECORDER_PASSWORD_FILE="$secret"
fi
exec "$@"
