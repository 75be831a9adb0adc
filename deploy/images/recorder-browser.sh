#!/bin/sh
# The recorder's Chromium. A page of localhost may do what others need https for, and web is not asked for a certificate:
# so the browser takes localhost to be the service `web`. Where the kernel or the engine forbids user namespaces, Chromium
# can't shut its pages off by itself; the container around it is then the only wall (services/decisions).
set -eu
unshare --user true 2>/dev/null || set -- --no-sandbox "$@"
exec /usr/bin/chromium --host-resolver-rules="MAP localhost ${VECHE_WEB_HOST:-web}" "$@"
