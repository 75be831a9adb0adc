#!/bin/sh
# sh deploy/backup/restore.sh <file> [--force] [--passphrase-file <file>]: in containers, on the signalling host.
# The host needs docker and sh only. The file is looked through first; then everything stops, secrets and certificates are put
# back, NATS starts with them, and what it keeps is put back. COMPOSE_FILE names another file than docker-compose.yml.
set -eu

file="" force=""
while [ $# -gt 0 ]; do
  case "$1" in
    --force) force=--force ;;
    --passphrase-file)
      IFS= read -r VECHE_BACKUP_PASSPHRASE < "${2:?--passphrase-file: expected a file}" || [ -n "$VECHE_BACKUP_PASSPHRASE" ]
      export VECHE_BACKUP_PASSPHRASE
      shift
      ;;
    -*) sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 2 ;;
    *) file="$1" ;;
  esac
  shift
done
[ -n "$file" ] || { echo "restore: expected the file of a backup" >&2; exit 2; }
[ -r "$file" ] || { echo "restore: $file can't be read" >&2; exit 2; }
file="$(cd "$(dirname "$file")" && pwd)/$(basename "$file")"
cd "$(dirname "$0")/../.."

# Its other two hosts would go on with their own secrets, and what it keeps can't be put back to one of them alone.
if docker compose config | grep -Eq '^ +NATS_CLUSTER: *"?[^" ]'; then
  echo "restore: this host is one of three signalling hosts (NATS_CLUSTER). A backup is brought back on one host alone, which becomes one of three" >&2
  echo "again afterwards: deploy/backup/README.md says how. Nothing was touched" >&2
  exit 1
fi

step() { docker compose run --rm -T --no-deps restore - --step "$@" < "$file"; }
halfway() {
  echo "restore: it is half done and Veche stands still. When the cause is gone: sh deploy/backup/restore.sh $file --force" >&2
  exit 1
}

step check $force || exit 1
docker compose stop || exit 1
step files || halfway
docker compose up --detach --wait --wait-timeout 120 nats || halfway
step streams || halfway
docker compose up --detach --wait --wait-timeout 180 || halfway
echo "restore: done. docker compose run --rm status says what runs"
