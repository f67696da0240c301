#!/usr/bin/env bash
# Brings the mail servers of other makers that the tests send to, each into a folder of its own; installs nothing.
#
#   packaging/foreign-servers.sh [NAME...]     exim, opensmtpd, sendmail, haraka; all when none is named
#
# The system's packages of mail servers exclude each other, so these are only unpacked, with the libraries they need, as
# the root folder of a small system; the tests start them inside (chroot). Haraka comes from npm, at pinned versions.
# What cannot be had is said, and its tests are skipped. The folder: TESTS_SERVERS, else ~/.cache/smtpdesk-tests.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${TESTS_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/smtpdesk-tests}
[ $# -gt 0 ] || set -- exim opensmtpd sendmail haraka

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
    echo "The mail servers of other makers need Debian or Ubuntu, and root: their tests are skipped." >&2
    exit 0
fi
mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9

work=
trap 'rm -rf "$work"' EXIT
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")

# Debian 12's OpenSMTPD fails every TLS handshake: the next Debian's is taken, from the same place as all other packages.
suite_of() { if [ "$1" = opensmtpd ] && [ "$codename" = bookworm ]; then echo trixie; else echo "$codename"; fi; }

sources() {
    local suite=$1 places
    places=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null | sort -u)
    if [ "$suite" = "$codename" ]; then
        awk '{ print "deb", $1, $2, $3 }' <<<"$places"
    else
        awk -v own="$codename" -v suite="$suite" '$2 == own && $3 == "main" { print "deb", $1, suite, $3 }' <<<"$places"
    fi
}

# apt with a memory of its own: it knows of no installed package, so it fetches all that is needed.
unpack() {
    local name=$1
    shift
    mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/root/usr"/{bin,sbin,lib,lib64}
    : >"$work/status"
    sources "$(suite_of "$name")" >"$work/sources.list"
    local own=(-qq -o "Dir::State=$work" -o "Dir::State::Lists=$work/lists" -o "Dir::State::status=$work/status"
        -o "Dir::Cache=$work" -o "Dir::Cache::archives=$work/archives" -o "Dir::Etc::sourcelist=$work/sources.list"
        -o Dir::Etc::sourceparts=- -o APT::Sandbox::User=root -o Acquire::Retries=3 -o Acquire::Languages=none)
    apt-get "${own[@]}" update
    apt-get "${own[@]}" install --yes --download-only --no-install-recommends "$@"
    for place in bin sbin lib lib64; do ln -s "usr/$place" "$work/root/$place"; done
    for deb in "$work"/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$work/root"
    done
    rm -rf "$work/root/usr/share"/{doc,man,locale,info,perl5,lintian,bash-completion,zoneinfo} "$work/root/usr/lib/x86_64-linux-gnu/"{perl-base,gconv}
}

haraka() {
    command -v npm >/dev/null || "$here/install-system.sh" haraka || return
    mkdir "$work/root"
    cp "$here/haraka/package.json" "$here/haraka/package-lock.json" "$work/root"
    npm ci --prefix "$work/root" --no-audit --no-fund --omit=dev --omit=optional --ignore-scripts --loglevel=error
}

bring() {
    case "$1" in
        exim) unpack exim exim4-daemon-light ;;
        opensmtpd) unpack opensmtpd opensmtpd ;;
        sendmail) unpack sendmail sendmail-bin sasl2-bin libsasl2-modules ;;
        haraka) haraka ;;
        *) echo "No such server: $1" >&2; return 2 ;;
    esac
}

for name in "$@"; do
    # Another version of this script, of the pins or of the system makes another folder.
    stamp=$(cat "${BASH_SOURCE[0]}" "$here"/haraka/*.json <(echo "$codename") | sha256sum | cut -c1-12)
    if [ "$(cat "$folder/$name/.stamp" 2>/dev/null)" = "$stamp" ]; then continue; fi
    work=$(mktemp -d "$folder/.$name.XXXXXX")
    echo "Fetching the mail server $name for the tests"
    set +e
    (set -e; bring "$name") >"$work/log" 2>&1 </dev/null
    status=$?
    set -e
    if [ $status = 0 ]; then
        rm -rf "${folder:?}/$name"
        mv "$work/root" "$folder/$name"
        echo "$stamp" >"$folder/$name/.stamp"
    else
        echo "The mail server $name could not be had; its tests are skipped. The last of what was said:" >&2
        tail -n 5 "$work/log" >&2
    fi
    rm -rf "$work"
done
