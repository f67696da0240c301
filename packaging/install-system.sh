#!/usr/bin/env bash
# Sees to it that the system packages of the named groups (see system-packages) are there.
#
#   packaging/install-system.sh [--optional] GROUP...
#
# Missing ones are installed when this may be done without a question (root, or sudo that asks for no password).
# Otherwise the one line to run is printed, and the exit status is 1; with --optional it is 0.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

optional=
if [ "${1:-}" = --optional ]; then optional=1; shift; fi
if [ $# -eq 0 ]; then echo "usage: $0 [--optional] GROUP..." >&2; exit 2; fi

give_up() { [ -n "$optional" ] && exit 0; exit 1; }

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    # macOS brings what the window needs; on other systems the person knows better than this script.
    [ "$(uname -s)" = Darwin ] || echo "This is not Debian or Ubuntu: packaging/system-packages lists what is needed, under their names there." >&2
    exit 0
fi

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# The lines of packages that are missing, each with its alternatives.
missing=()
while read -r group names _; do
    case "$group" in "" | \#*) continue ;; esac
    for wanted in "$@"; do
        [ "$wanted" = "$group" ] || continue
        found=
        for name in ${names//|/ }; do if installed "$name"; then found=1; fi; done
        [ -n "$found" ] || missing+=("$names")
    done
done <"$here/system-packages"
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" = 0 ]; then as_root=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root=(sudo -n)
else
    echo "Some system packages are missing. Install them, then run make again:" >&2
    echo "    sudo apt-get install --no-install-recommends ${missing[*]##*|}" >&2
    give_up
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" </dev/null >>"$log" 2>&1; }
failed() { echo "$1" >&2; tail -n 20 "$log" >&2; give_up; }

# Of two names the one that this system knows.
known() {
    for name in ${1//|/ }; do
        # Not a name that others merely provide: such a one can have several providers, and then cannot be installed.
        if [[ $(apt-cache show --no-all-versions "$name" 2>/dev/null) == *$'\n'Filename:* ]]; then echo "$name"; return; fi
    done
    return 1
}
choose() {
    chosen=()
    for names in "${missing[@]}"; do name=$(known "$names") || return 1; chosen+=("$name"); done
}

echo "Installing system packages: ${missing[*]}"
if ! choose || ! apt install --no-install-recommends --simulate "${chosen[@]}"; then
    apt update || failed "The lists of packages could not be read."
    choose || failed "This system knows no package called ${names//|/ or }."
fi
# The tests start a Postfix of their own: the system's is to stay unconfigured and not running.
if [[ " ${chosen[*]} " == *" postfix "* ]] && command -v debconf-set-selections >/dev/null; then
    echo "postfix postfix/main_mailer_type select No configuration" | "${as_root[@]}" debconf-set-selections
fi
# Those servers are for the tests to start, each for itself; none is to run on this computer because it was installed.
policy=/usr/sbin/policy-rc.d
if [[ " $* " == *" tests "* && ! -e $policy ]]; then
    trap 'rm -f "$log"; "${as_root[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" install -m 755 /dev/stdin "$policy"
fi
if ! apt install --no-install-recommends "${chosen[@]}"; then
    # An old list names files that the mirror no longer has.
    { apt update && apt install --no-install-recommends "${chosen[@]}"; } || failed "The system packages could not be installed."
fi
