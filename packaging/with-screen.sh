#!/usr/bin/env bash
# Runs a command on the screen that is there, else on a virtual one.
#
#   packaging/with-screen.sh COMMAND...
set -euo pipefail
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname -s)" = Darwin ]; then exec "$@"; fi
exec xvfb-run --auto-servernum --server-args "-screen 0 1600x1200x24" "$@"
