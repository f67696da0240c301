#!/usr/bin/env bash
# What "make run" does: the window where there is a screen, else the demo in the terminal.
#
#   packaging/run.sh VENV [ARGUMENT...]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv=$1
shift

screen() { [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname -s)" = Darwin ]; }

if ! screen; then
    echo "There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set), so this is the demo in the terminal."
    echo "It sends sample mail to a server on this computer that delivers none. What else there is: $venv/bin/smtpdesk --help"
    echo
    exec "$venv/bin/smtpdesk" demo --headless "$@"
fi

"$here/install-system.sh" --optional window
if ! said=$("$venv/bin/python" -c 'import PySide6.QtWidgets, PySide6.QtWebEngineWidgets' 2>&1); then
    echo "The window cannot open, because Qt lacks a system library:" >&2
    echo "    ${said##*$'\n'}" >&2
    echo "packaging/system-packages lists what it needs. Without a window there is: $venv/bin/smtpdesk --help" >&2
    exit 1
fi
exec "$venv/bin/smtpdesk" "$@"
