#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# package.sh OUT [ARCH]...: makes OUT/kcmp-suite-ARCH.tar.gz for each architecture (a
# row of vm/arch.sh; default: this machine's): static programs, run.sh with what it
# needs, the sources, the list of ids.  Prints the names of the tarballs.
#
# It runs where there is no compiler: "tar xzf ... && kcmp-suite/run.sh".  run.sh needs
# bash, coreutils, sed, grep, an awk and util-linux (Debian's minbase has them all); the
# programs in kcmp-suite/programs need nothing at all.
set -u -o pipefail
export LC_ALL=C
unset MAKEFLAGS MFLAGS MAKELEVEL CDPATH

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
readonly HERE NAME=kcmp-suite
# shellcheck source=vm/arch.sh
. "$HERE/vm/arch.sh"

die()
{
	echo "package.sh: $*" >&2
	exit 2
}

# build ARCH DIR: the programs, stripped of what only a debugger reads.
build()
{
	local cross='' program log=$work/log

	[ "$1" = "$own" ] || cross=${ROW[$1.triplet]}-
	command -v "${cross}gcc" >/dev/null ||
		die "no ${cross}gcc: apt-get install ${ROW[$1.compiler]} ${ROW[$1.libc]}"
	mkdir -p "$work/build-$1" "$2" || die "cannot write to $work"
	make -s -C "$HERE" -j "$(nproc)" OUTPUT="$work/build-$1" USERLDFLAGS=-static \
		USERCFLAGS="${USERCFLAGS:-}" CROSS_COMPILE="$cross" ARCH= >"$log" 2>&1 </dev/null || {
		tail -n 20 "$log" >&2
		die "the build for $1 failed"
	}
	for program in $programs; do
		"${cross}strip" -o "$2/$program" "$work/build-$1/$program" || exit 2
	done
}

# files: prints what of the checkout belongs into the package.
files()
{
	git -C "$HERE" ls-files -co --exclude-standard -- '*.c' '*.h' Makefile config settings \
		COPYING README run.sh runner vm doc ci/kcidb ci/kcidb.jq ci/lava/report.sh ci/lava/cases.awk |
		grep -v '/.*/.*[.]c$' | grep -v '^\(proof\|t\|upstream\)/'
}

# pack ARCH
pack()
{
	local dir=$work/$1/$NAME

	mkdir -p "$dir" || die "cannot write to $work"
	build "$1" "$dir/programs"
	(cd "$HERE" && files | xargs -d '\n' cp --parents -t "$dir") || exit 2
	cp "$HERE/doc/ids.txt" "$dir/ids" || exit 2
	git -C "$HERE" describe --always --dirty >"$dir/VERSION" 2>/dev/null ||
		echo unknown >"$dir/VERSION"
	tar -C "$work/$1" --sort=name --owner=0 --group=0 --numeric-owner \
		--mtime="@$time" --mode=go-w -cf - "$NAME" | gzip -n \
		>"$out/$NAME-$1.tar.gz" || die "cannot write to $out"
	echo "$out/$NAME-$1.tar.gz"
}

out=${1:?usage: package.sh OUT [ARCH]...}
shift
mkdir -p "$out" && out=$(cd "$out" && pwd -P) || die "cannot write to $out"
own=$(arch_of_machine "$(uname -m)") || own=none
[ $# -gt 0 ] || set -- "$own"
for arch; do
	arch_known "$arch" || die "'$arch' is none of ${ARCHES[*]}"
done
programs=$(sed -n 's/^TEST_GEN_PROGS := //p' "$HERE/Makefile")
time=$(git -C "$HERE" log -1 --format=%ct 2>/dev/null || echo 0)
work=$(mktemp -d "${TMPDIR:-/tmp}/kcmp-package.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
for arch; do
	pack "$arch"
done
