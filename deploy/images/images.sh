#!/bin/sh
# The images of this version in one tar, for hosts that can neither build nor reach a registry:
#   sh deploy/images/images.sh save <file.tar.gz> [signalling] [bridge] [recorder] [gateway] [turn]     without a name: of all
#   sh deploy/images/images.sh list                                                                      with their sizes
# On the other host: docker load --input <file.tar.gz>. Layers that images share are in it once.
set -eu
cd "$(dirname "$0")/../.."

fail() {
  echo "images: $*" >&2
  exit 1
}

# What these placements run, as far as it is on this host: drachtio-server's image is somebody else's, and may be missing.
images_of() {
  for placement in "$@"; do
    docker compose --file "compose/$placement.yml" --profile '*' config --images
  done | sort -u | while read -r image; do
    if docker image inspect "$image" >/dev/null 2>&1; then echo "$image"; else echo "images: $image is not here" >&2; fi
  done
}

all="signalling bridge recorder gateway turn"
[ $# -gt 0 ] || fail "expected save <file.tar.gz> [placement …] or list, found nothing"
command=$1
shift
case "$command" in
  list)
    for image in $(images_of $all); do
      docker image inspect --format "{{.Size}} $image" "$image"
    done | awk '{ printf "%-40s %6.0f MB\n", $2, $1 / 1e6 }'
    ;;
  save)
    [ $# -gt 0 ] || fail "expected a file to write to, found none"
    file=$1
    shift
    [ $# -gt 0 ] || set -- $all
    for placement in "$@"; do
      case " $all " in
        *" $placement "*) ;;
        *) fail "expected some of $all, found \"$placement\"" ;;
      esac
    done
    images=$(images_of "$@")
    [ -n "$images" ] || fail "expected images of this version, found none: docker compose build makes them"
    umask 077
    # Both have to succeed, and a file that is not whole must not look like one.
    { docker save $images || echo failed > "$file.failed"; } | gzip > "$file.part"
    if [ -e "$file.failed" ]; then
      rm -f "$file.failed" "$file.part"
      fail "docker save did not end well"
    fi
    mv "$file.part" "$file"
    echo "$images"
    echo "$(($(wc -c < "$file") / 1000000)) MB in $file"
    ;;
  *) fail "expected save or list, found \"$command\"" ;;
esac
