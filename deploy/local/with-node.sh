#!/bin/sh
# Runs a program of this repository with what it needs: the packages of package-lock.json and Node 24.
# Usage: sh deploy/local/with-node.sh deploy/local/start.ts [arguments]
set -eu
cd "$(dirname "$0")/../.."

wanted=24

# npm writes node_modules/.package-lock.json whenever it installs: older than ours means that ours has changed.
if [ ! -f node_modules/.package-lock.json ]; then
  why="node_modules is missing"
elif [ package-lock.json -nt node_modules/.package-lock.json ]; then
  why="package-lock.json has changed"
else
  why=""
fi
if [ -n "$why" ]; then
  echo "veche: installing the packages of package-lock.json (npm ci): $why"
  # Scripts of packages stay off (.npmrc); the engine check is ours, below.
  npm ci --no-audit --no-fund --loglevel=error
fi

major() { "$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }

node=""
for candidate in "$(command -v node || true)" node_modules/node-*/bin/node; do
  [ -x "$candidate" ] || continue
  if [ "$(major "$candidate")" -ge "$wanted" ]; then
    node=$candidate
    break
  fi
done
if [ -z "$node" ]; then
  echo "veche: Node $wanted or newer is needed, found $(node -v 2>/dev/null || echo none), and there is no packaged one for this system: install it from your distribution or nodejs.org" >&2
  exit 1
fi
case $node in
  /*) ;;
  *) node=$PWD/$node; echo "veche: using Node $("$node" -p process.versions.node) from node_modules, since the system's is $(command -v node >/dev/null && node -v || echo missing)" ;;
esac

PATH=$(dirname "$node"):$PWD/node_modules/.bin:$PATH
export PATH
exec "$node" "$@"
