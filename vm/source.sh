#!/bin/bash -p
# SPDX-License-Identifier: GPL-2.0
#
# source.sh X.Y: prints the path of Debian's source package of Linux X.Y, a
# .tar.xz, which is fetched into the cache when it is neither there nor in
# /usr/src.
set -u -o pipefail
export LC_ALL=C
unset POSIXLY_CORRECT GREP_OPTIONS CDPATH

version=${1:?usage: source.sh X.Y}
name=linux-source-$version.tar.xz
here=$(dirname "${BASH_SOURCE[0]}")
cache=$("$here/../runner/cache.sh") || exit 2

for tar in "/usr/src/$name" "$cache/source-$version/usr/src/$name"; do
	[ -r "$tar" ] || continue
	echo "$tar"
	exit 0
done
tmp=$(mktemp -d "$cache/source.XXXXXX") || exit 2
trap 'rm -rf "$tmp"' EXIT
"$here/apt.sh" get "$tmp" "linux-source-$version" >/dev/null || exit 2
# Another run may have been faster.
mv -T "$tmp" "$cache/source-$version" 2>/dev/null ||
	[ -r "$tar" ] || exit 2
echo "$tar"
