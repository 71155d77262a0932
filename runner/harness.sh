#!/bin/bash -p
# SPDX-License-Identifier: GPL-2.0
#
# Prints the directory of the kselftest harness: that of the newest kernel
# source package in /usr/src, of which the few files needed are unpacked once
# into the cache.
set -euo pipefail
export LC_ALL=C
unset TAR_OPTIONS XZ_OPT XZ_DEFAULTS POSIXLY_CORRECT GREP_OPTIONS CDPATH

readonly PACKAGES=${KCMP_SOURCE_PACKAGES:-/usr/src}
readonly OLDEST=6.12
readonly FILES=(lib.mk kselftest.h kselftest_harness.h kselftest/runner.sh
		kselftest/prefix.pl kselftest/ktap_helpers.sh)

die()
{
	echo "harness.sh: $*" >&2
	exit 2
}

# Prints the newest package that is new enough, or nothing.
newest_package()
{
	local tar version

	for tar in "$PACKAGES"/linux-source-*.tar.xz; do
		version=${tar##*/linux-source-}
		version=${version%.tar.xz}
		[ -r "$tar" ] || continue
		if printf '%s\n' "$OLDEST" "$version" | sort -VC; then
			echo "$version $tar"
		fi
	done | sort -V | tail -n 1 | cut -d ' ' -f 2-
}

unpack()
{
	local tar=$1 to=$2 name tmp file
	local in=()

	name=${tar##*/}
	name=${name%.tar.xz}
	for file in "${FILES[@]}"; do
		in+=("$name/tools/testing/selftests/$file")
	done
	tmp=$(mktemp -d "$to.XXXXXX") || die "cannot write to ${to%/*}"
	# shellcheck disable=SC2064
	trap "rm -rf '$tmp'" EXIT
	tar -xJf "$tar" -C "$tmp" --strip-components=1 "${in[@]}" ||
		die "cannot unpack $tar into ${to%/*}"
	# Another run may have been faster.
	mv -T "$tmp" "$to" 2>/dev/null || [ -d "$to" ]
}

main()
{
	local tar cache

	tar=$(newest_package)
	[ -n "$tar" ] ||
		die "no kselftest harness: apt-get install linux-source-6.12, or set KSFT_DIR to tools/testing/selftests of a kernel tree"
	cache=$("${BASH_SOURCE[0]%/*}/cache.sh")
	cache+=/$(basename "$tar" .tar.xz)-$(stat -c %Y "$tar")
	[ -d "$cache" ] || unpack "$tar" "$cache"
	echo "$cache/tools/testing/selftests"
}

main
