#!/bin/sh
# The package on a clean Debian: `demo` installs it, plays the demo as an ordinary user and removes it again; `cron` has Debian's
# crond work on a project with the crontab that is shipped. Everything happens below target/package, in namespaces of its own.
set -eu
cd "$(dirname "$0")/../.."
what=$1
[ "$(id -u)" = 0 ] || { echo "make test-$what needs root: it makes a Debian of its own to change into" >&2; exit 1; }
./tests/setup.sh debootstrap:debootstrap unshare:util-linux dpkg-deb:dpkg gzip:gzip
work=target/package
mkdir -p "$work"
# shellcheck disable=SC1091
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
base=$work/base-$suite

# Whatever this machine has its packages from.
mirror() {
    apt-get indextargets --format '$(REPO_URI) $(RELEASE)' "Created-By: Packages" |
        awk -v suite="$suite" '$2 == suite { print $1; exit }'
}

base() {
    [ -e "$base/whole" ] && return
    echo "making a clean Debian ($suite)" >&2
    rm -rf "$base"
    debootstrap --variant=minbase --include=git,tmux,ca-certificates,cron,adduser "$suite" "$base" "$(mirror)" >"$work/debootstrap.log" 2>&1 ||
        { tail -n 20 "$work/debootstrap.log" >&2; exit 1; }
    touch "$base/whole"
}

(
    # Two that are called at once make one of it.
    flock 9
    base
    [ -e target/sim/drover ] || cargo build --quiet --profile sim --features lab --bins
    BUILT=target/sim ./packaging/deb.sh >/dev/null
) 9>"$work/lock"
root=$work/$what
rm -rf "$root"
cp -a "$base" "$root"
cp target/drover_*.deb "$root/drover.deb"
cp tests/package/inside.sh "$root/inside.sh"
unshare --mount --pid --fork --ipc --uts sh -ec '
    mount -t proc proc "$1/proc"
    mount -t tmpfs tmpfs "$1/tmp"
    mkdir -p "$1/dev/pts" "$1/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$1/dev/pts"
    ln -sf pts/ptmx "$1/dev/ptmx"
    exec chroot "$1" /bin/sh /inside.sh "$2"
' sh "$root" "$what"
rm -rf "$root"
