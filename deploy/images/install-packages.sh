#!/bin/sh
# npm's packages of one role, locked, without what it never loads: tools of development, the compiler that a library would like to
# have beside it, types, maps, tests and pages.
set -eu
npm ci --omit=dev --omit=optional -w "@veche/$1" -w @veche/kit -w @veche/proto
find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' \) \
  ! -iname 'license*' -delete
find node_modules -type d \( -name test -o -name tests -o -name docs -o -name benchmark -o -name benchmarks \) \
  ! -path '*/mediasoup/*' -prune -exec rm -rf {} +
