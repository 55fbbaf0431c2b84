#!/bin/sh
# Makes target/drover_<version>_<architecture>.deb of the binaries in $BUILT (default: a release build).
set -eu
cd "$(dirname "$0")/.."
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
arch=$(dpkg --print-architecture)
# Built here, it needs this C library or a later one.
libc=$(dpkg-query -W -f '${Version}' libc6 | sed 's/-.*//')
root=target/deb
out=target/drover_${version}_$arch.deb
rm -rf "$root"
make --no-print-directory install DESTDIR="$root" PREFIX=/usr ${BUILT:+BUILT="$BUILT"} >/dev/null
gzip -9n "$root"/usr/share/man/man1/*.1
cp README.md CHANGELOG.md "$root/usr/share/doc/drover/"
cp -r docs "$root/usr/share/doc/drover/docs"
cat LICENSE-APACHE LICENSE-MIT > "$root/usr/share/doc/drover/copyright"
mkdir -p "$root/DEBIAN"
cat > "$root/DEBIAN/control" <<CONTROL
Package: drover
Version: $version
Architecture: $arch
Maintainer: The drover maintainers <drover@localhost>
Installed-Size: $(du -sk "$root/usr" | cut -f 1)
Depends: libc6 (>= $libc), libgcc-s1, git, tmux, ca-certificates
Recommends: cron
Section: devel
Priority: optional
Description: turns labelled issues into merged pull requests
 A toolkit of small binaries that cron starts: it picks prioritized issues from
 a forge or from local files, has the coding agent you already have work on
 them in tmux sessions, feeds check results and reviews back, and lands what is
 approved and green. No daemon, no database.
CONTROL
dpkg-deb --root-owner-group -Zxz -z1 --build "$root" "$out" >/dev/null
echo "$out"
