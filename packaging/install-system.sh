#!/usr/bin/env bash
# Sees to it that the system packages of the named groups (see system-packages) are there, one group after the other.
#
#   packaging/install-system.sh [--optional] GROUP...
#
# Missing ones, and only those, are installed when this may be done without a question (root, or sudo that asks for no
# password). Otherwise the one line to run is printed, and the exit status is 1; with --optional it is 0.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

optional=
if [ "${1:-}" = --optional ]; then optional=1; shift; fi
if [ $# -eq 0 ]; then echo "usage: $0 [--optional] GROUP..." >&2; exit 2; fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    # macOS brings what the window needs; on other systems the person knows better than this script.
    [ "$(uname -s)" = Darwin ] || echo "This is not Debian or Ubuntu: packaging/system-packages lists what is needed, under their names there." >&2
    exit 0
fi

log=$(mktemp)
policy=
tidy() { rm -f "$log"; if [ -n "$policy" ]; then "${as_root[@]}" rm -f "$policy"; fi; }
trap tidy EXIT

may_install=1
as_root=()
if [ "$(id -u)" != 0 ]; then
    as_root=(sudo -n)
    if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then may_install=; fi
fi

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# The packages of a group that are missing, each with its alternatives.
missing_of() {
    while read -r group names _; do
        [ "$group" = "$1" ] || continue
        found=
        for name in ${names//|/ }; do if installed "$name"; then found=1; fi; done
        [ -n "$found" ] || echo "$names"
    done <"$here/system-packages"
}

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

# What a person without the right to install has to hand to somebody who has it.
say() {
    line=()
    for names in "${missing[@]}"; do line+=("$(known "$names" || echo "${names##*|}")"); done
    echo "Some system packages are missing ($1). Install them, then run make again:" >&2
    echo "    sudo apt-get install --no-install-recommends ${line[*]}" >&2
}

apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 "$@" </dev/null >>"$log" 2>&1; }
failed() { echo "$1" >&2; tail -n 20 "$log" >&2; return 1; }

install_missing() {
    echo "Installing system packages ($1): ${missing[*]}"
    if ! choose || ! apt install --no-install-recommends --simulate "${chosen[@]}"; then
        apt update || { failed "The lists of packages could not be read."; return; }
        choose || { failed "This system knows no package called ${names//|/ or }."; return; }
    fi
    # The tests start a Postfix of their own: the system's is to stay unconfigured and not running.
    if [[ " ${chosen[*]} " == *" postfix "* ]] && command -v debconf-set-selections >/dev/null; then
        echo "postfix postfix/main_mailer_type select No configuration" | "${as_root[@]}" debconf-set-selections
    fi
    # Those servers are for the tests to start, each for itself; none is to run on this computer because it was installed.
    if [[ $1 == tests && -z $policy && ! -e /usr/sbin/policy-rc.d ]]; then
        policy=/usr/sbin/policy-rc.d
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" install -m 755 /dev/stdin "$policy"
    fi
    apt install --no-install-recommends "${chosen[@]}" && return
    # An old list names files that the mirror no longer has.
    { apt update && apt install --no-install-recommends "${chosen[@]}"; } || failed "The system packages could not be installed."
}

status=0
for wanted in "$@"; do
    mapfile -t missing < <(missing_of "$wanted")
    [ ${#missing[@]} -gt 0 ] || continue
    if [ -z "$may_install" ]; then say "$wanted"; status=1
    else install_missing "$wanted" || status=1
    fi
done
if [ -n "$optional" ]; then exit 0; fi
exit $status
