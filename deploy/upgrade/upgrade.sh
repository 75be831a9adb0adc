#!/bin/sh
# sh deploy/upgrade/upgrade.sh [--images <file>] [--no-backup] [--limit <seconds>] [--plan]
# Brings what runs on this host to the version of this checkout, role by role, while lessons go on. Run it on the signalling hosts
# first, then on the others (COMPOSE_FILE=compose/bridge.yml there). What it does in which order, and why: README.md.
#   --images <file>     takes the images out of a file of `docker save`, where they can't be built here
#   --no-backup         where a backup was just made
#   --limit <seconds>   how long calls, recordings and telephone calls may hold up the old ones (3600)
#   --plan              says what it would do, and does nothing
set -eu

images="" backup=yes limit=3600 plan=""
while [ $# -gt 0 ]; do
  case "$1" in
    --images) images="${2:?--images: expected a file}"; shift ;;
    --no-backup) backup="" ;;
    --limit) limit="${2:?--limit: expected seconds}"; shift ;;
    --plan) plan=yes ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "$0"; [ "$1" = --help ] && exit 0; exit 2 ;;
  esac
  shift
done
case "$limit" in "" | *[!0-9]*) echo "upgrade: --limit: expected seconds, found $limit" >&2; exit 2 ;; esac
[ -z "$images" ] || [ -r "$images" ] || { echo "upgrade: $images can't be read" >&2; exit 2; }
[ -z "$images" ] || images="$(cd "$(dirname "$images")" && pwd)/$(basename "$images")"
cd "$(dirname "$0")/../.."

say() { echo "upgrade: $*"; }
fail() { echo "upgrade: $*" >&2; exit 1; }
act() { echo "+ $*"; [ -n "$plan" ] || "$@"; }
unchanged() { fail "$1. Nothing that runs was touched"; }
stopped() {
  fail "$1 did not become healthy: the rest stays on its old version, which understands it. See: docker compose logs $1
  To go back: check out the earlier version, then VECHE_VERSION=previous docker compose up -d --no-build"
}
containers() { docker compose ps --quiet --status running "$1"; }
# `inside <container> <method> <address>`: the answer of the container's private HTTP.
inside() {
  docker exec "$1" node -e 'fetch(process.argv[2], { method: process.argv[1], signal: AbortSignal.timeout(5000) })
    .then(async (r) => { console.log(await r.text()); if (!r.ok) process.exit(1); }, () => process.exit(1))' "$2" "$3"
}

services="$(docker compose ps --services --status running | sort -u | tr '\n' ' ')"
[ -n "${services# }" ] || fail "nothing of Veche runs here: docker compose up -d starts it"
runs() { case " $services" in *" $1 "*) return 0 ;; *) return 1 ;; esac; }

# --- before anything is touched -------------------------------------------------------------------------------------------------

for service in $services; do
  for container in $(containers "$service"); do
    name="$(docker inspect --format '{{.Config.Image}}' "$container")"
    case "$name" in
      veche-*) act docker tag "$(docker inspect --format '{{.Image}}' "$container")" "${name%:*}:previous" ;;
    esac
  done
done
tools="veche-secrets:${VECHE_VERSION:-local}"
[ -z "$(docker images --quiet "$tools")" ] || act docker tag "$tools" veche-secrets:previous

if [ -n "$images" ]; then
  act docker load --input "$images" || unchanged "the images can't be loaded"
else
  for service in secrets join $services; do
    docker compose config --services | grep -qx "$service" || continue
    case "$service" in nats) continue ;; esac
    act docker compose build --quiet "$service" || unchanged "the image of $service can't be built"
  done
fi

if runs nats && [ -n "$backup" ]; then
  file="backups/veche-$(date -u +%Y-%m-%dT%H%M%SZ).tar"
  say "backup into $file"
  [ -n "$plan" ] || { umask 077; mkdir -p backups; }
  echo "+ docker compose run --rm -T backup - > $file"
  [ -n "$plan" ] || docker compose run --rm -T --no-deps backup - > "$file" </dev/null ||
    { rm -f "$file"; unchanged "there is no backup"; }
  [ -n "$plan" ] || [ ! -f .env ] || cp .env "${file%.tar}.env"
fi

# --- secrets and rights first: new versions say and ask what the old account did not allow -----------------------------------------

if runs nats; then
  act docker compose run --rm -T --no-deps secrets </dev/null || unchanged "the secrets could not be looked through"
  # The same image most times; its new accounts are read at its start. Clients are back within two seconds, media goes on.
  act docker compose up --detach --no-deps --no-build --force-recreate --wait --wait-timeout 120 nats || stopped nats
fi

# --- each is back within seconds, and clients resume -----------------------------------------------------------------------------

for service in xmpp focus web webhooks; do
  runs "$service" || continue
  act docker compose up --detach --no-deps --no-build --wait --wait-timeout 120 "$service" || stopped "$service"
done

# --- what holds calls: the new one beside the old, which leaves when it is empty -----------------------------------------------------

# `until_empty <container> <address> <name of a number>`: 0 once the number is 0, 1 at the limit. Zero has to stand twice.
until_empty() {
  waited=0 empty=0
  while [ "$waited" -lt "$limit" ]; do
    text="$(inside "$1" GET "$2")" || text=""
    if [ -z "$text" ]; then return 0; fi
    if printf %s "$text" | grep -Eq "\"$3\":0[,}]"; then empty=$((empty + 1)); else empty=0; fi
    [ "$empty" -lt 2 ] || return 0
    sleep "${VECHE_UPGRADE_LOOK:-5}"
    waited=$((waited + ${VECHE_UPGRADE_LOOK:-5}))
  done
  return 1
}

# `beside <service> <old containers>`: as many new ones; 1 where the host has no port for a second one.
beside() {
  service="$1"; shift
  old="$*"; count=$#
  act docker compose up --detach --no-deps --no-build --no-recreate --wait --wait-timeout 120 --scale "$service=$((count * 2))" "$service" &&
    return 0
  for container in $(docker compose ps --all --quiet "$service"); do
    case " $old " in *" $container "*) ;; *) docker rm --force "$container" >/dev/null ;; esac
  done
  return 1
}

replace() {
  service="$1"; shift
  act docker compose up --detach --no-deps --no-build --wait --wait-timeout 120 --scale "$service=$#" "$service" || stopped "$service"
}

leave() {
  act docker stop "$1" >/dev/null
  act docker rm "$1" >/dev/null
}

isOld() { [ -n "$plan" ] || [ "$(docker inspect --format '{{.Image}}' "$1")" != "$(docker images --no-trunc --quiet "$(docker inspect --format '{{.Config.Image}}' "$1")")" ]; }

old_of() { for container in $(containers "$1"); do if isOld "$container"; then printf '%s ' "$container"; fi; done; }

if runs videobridge; then
  old="$(old_of videobridge)"
  [ -n "$old" ] || say "videobridge: it is of this version already"
  if [ -n "$old" ]; then
    others=yes
    beside videobridge $(containers videobridge) || { others=""; say "no port for a second bridge: people move to bridges elsewhere, if there are any"; }
    for container in $old; do
      echo "+ drain $container"
      [ -n "$plan" ] && continue
      inside "$container" POST http://127.0.0.1:8080/colibri/drain/enable >/dev/null || stopped videobridge
      until_empty "$container" http://127.0.0.1:8080/colibri/stats conferences || say "after $limit s there are still calls on $container: they are moved when it stops"
      [ -z "$others" ] || leave "$container"
    done
    [ -n "$others" ] || replace videobridge $(containers videobridge)
  fi
fi

if runs recorder; then
  old="$(old_of recorder)"
  [ -n "$old" ] || say "recorder: it is of this version already"
  if [ -n "$old" ]; then
    beside recorder $(containers recorder) || say "no port for a second recorder: what is asked for meanwhile waits in line"
    for container in $old; do
      echo "+ let $container finish its recordings"
      [ -n "$plan" ] && continue
      # It ends by itself after the last of them, and must not come back then.
      docker update --restart no "$container" >/dev/null
      inside "$container" POST http://127.0.0.1:3333/jibri/api/internal/v1.0/gracefulShutdown >/dev/null || say "$container does not answer"
      waited=0
      while [ "$waited" -lt "$limit" ] && [ "$(docker inspect --format '{{.State.Running}}' "$container")" = true ]; do
        sleep "${VECHE_UPGRADE_LOOK:-5}"
        waited=$((waited + ${VECHE_UPGRADE_LOOK:-5}))
      done
      [ "$waited" -lt "$limit" ] || say "after $limit s $container still records: the recording goes on with the new one"
      leave "$container"
    done
    replace recorder $old
  fi
fi

if runs sip-gateway; then
  old="$(old_of sip-gateway)"
  # Telephone systems know one port: there can't be two at a time.
  for container in $old; do
    echo "+ wait for the telephone calls of $container"
    [ -n "$plan" ] && continue
    until_empty "$container" http://127.0.0.1:8788/about/stats conferences || say "after $limit s there are still telephone calls: they are told goodbye"
  done
  [ -z "$old" ] || replace sip-gateway $old
fi

# --- whatever else runs here -----------------------------------------------------------------------------------------------------

for service in $services; do
  case "$service" in nats | xmpp | focus | web | webhooks | videobridge | recorder | sip-gateway) continue ;; esac
  act docker compose up --detach --no-deps --no-build "$service" || stopped "$service"
done
say "done. docker compose run --rm status says what runs"
