#!/bin/sh
# drachtio-server with a secret that the gateway alone shares, which stands in no argument and no variable. Applications reach it
# at its address in the network of those two, telephones at the other; it tells telephones the address of the host.
set -eu
umask 077

fail() {
  echo "drachtio: $*" >&2
  exit 1
}

# IPv4, of this container in the network that knows it by that name.
address_of() {
  found=$(getent ahostsv4 "$1") || fail "expected an address of $1, found none"
  echo "${found%% *}"
}

secret=$(cat "$VECHE_DRACHTIO_SECRET_FILE") || fail "expected a secret in $VECHE_DRACHTIO_SECRET_FILE, found none"
case "$secret" in
  *[!0-9A-Za-z]*) fail "expected letters and digits in $VECHE_DRACHTIO_SECRET_FILE, found others" ;;
esac
[ "${#secret}" -ge 16 ] || fail "expected 16 characters at least in $VECHE_DRACHTIO_SECRET_FILE, found ${#secret}"

admin=$(address_of "${VECHE_DRACHTIO_ADDRESS%:*}")
sip=$(address_of "$VECHE_SIP_ADDRESS")
advertised=${VECHE_SIP_ADVERTISE:-${DOCKER_HOST_ADDRESS:-$(cat /run/veche/addresses)}}
advertised=${advertised%%,*}
case "$advertised" in
  "" | *[!0-9.]*) fail "expected an IPv4 address in VECHE_SIP_ADVERTISE or DOCKER_HOST_ADDRESS, found \"$advertised\"" ;;
esac

config=${TMPDIR:-/tmp}/drachtio.conf.xml
# From `info` on it logs what telephones send, numbers included, and wrong secrets.
cat > "$config" <<XML
<drachtio>
  <admin port="${VECHE_DRACHTIO_ADDRESS##*:}" secret="$secret">$admin</admin>
  <sip>
    <contacts>
      <contact external-ip="$advertised">sip:$sip:$VECHE_SIP_PORT;transport=udp,tcp</contact>
    </contacts>
  </sip>
  <cdrs>false</cdrs>
  <logging>
    <console/>
    <sofia-loglevel>0</sofia-loglevel>
    <loglevel>notice</loglevel>
  </logging>
</drachtio>
XML
exec drachtio -f "$config"
