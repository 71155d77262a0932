#!/bin/bash -p
# SPDX-License-Identifier: GPL-2.0
#
# build.sh TREE OUT [FRAGMENT]...: builds the kernel of a source tree out of
# tree, with all that the suite asks about and what boots in vm/qemu.sh's guests,
# and little else; then the fragments.  Prints the path of the image.  The log is
# OUT/build.log.
#
# ARCH and CROSS_COMPILE in the environment are those of the kernel's make; the
# default is this machine's kernel and compiler.
#
# Exits with 1 when the build fails, with 2 when it cannot be tried.
set -u -o pipefail
export LC_ALL=C
unset MAKEFLAGS MFLAGS MAKELEVEL POSIXLY_CORRECT GREP_OPTIONS CDPATH

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
tree=${1:?usage: build.sh TREE OUT [FRAGMENT]...}
out=${2:?usage: build.sh TREE OUT [FRAGMENT]...}
shift 2
# shellcheck source=vm/arch.sh
. "$here/arch.sh"

die()
{
	echo "build.sh: $*" >&2
	exit 2
}

# in_tree TARGET...: make, in the tree.
in_tree()
{
	local cc=${cross}gcc

	! command -v ccache >/dev/null || cc="ccache $cc"
	make -C "$tree" O="$out" ARCH="${ROW[$arch.kbuild]%%,*}" \
		CROSS_COMPILE="$cross" CC="$cc" -j "$(nproc)" "$@" \
		>>"$out/build.log" 2>&1 </dev/null
}

# Prints what the log says first of why.
first_error()
{
	grep -m 1 -E ' error: |undefined reference|No space left|: No such file|\*\*\* ' \
		"$out/build.log" || tail -n 1 "$out/build.log"
}

# Whether a failure can be the sources' fault.  What could not be written has been
# removed, and made some room.
has_room()
{
	[ "$(df -P "$out" | awk 'END { print $4 }')" -ge 100000 ]
}

# Sets arch and cross.  This machine's own compiler has no prefix.
choose_compiler()
{
	local machine package=gcc

	machine=$(arch_of_machine "$(uname -m)") || machine=''
	arch=$machine cross=${CROSS_COMPILE:-}
	[ -z "${ARCH:-}" ] || arch=$(arch_of_kbuild "$ARCH") ||
		die "ARCH=$ARCH: guests have no machine for it"
	[ -n "$arch" ] || die "guests have no machine for $(uname -m)"
	[ -n "$cross" ] || [ "$arch" = "$machine" ] || cross=${ROW[$arch.triplet]}-
	[ -z "$cross" ] || package=${ROW[$arch.compiler]}
	command -v "${cross}gcc" >/dev/null || die "no ${cross}gcc: apt-get install $package"
}

arch='' cross=''
choose_compiler
for tool in make flex bison bc perl; do
	command -v "$tool" >/dev/null || die "no $tool: apt-get install $tool"
done
[ -f "$tree/kernel/kcmp.c" ] && [ -f "$tree/Kconfig" ] ||
	die "$tree is no kernel source tree with kcmp"
mkdir -p "$out" && out=$(cd "$out" && pwd -P) && : >"$out/build.log" ||
	die "cannot write to $out"
# Later lines win; the same configuration is not built again.
{
	cat "$here/base.config" "$here/../config" &&
	for option in ${ROW[$arch.config]}; do
		echo "CONFIG_$option=y"
	done &&
	cat /dev/null "$@"
} >"$out/all.config" || die "cannot write to $out"
in_tree KCONFIG_ALLCONFIG="$out/all.config" allnoconfig &&
in_tree "${ROW[$arch.target]}" || {
	has_room || die "no room in $out"
	echo "build.sh: the build failed: $(first_error); $out/build.log" >&2
	exit 1
}
echo "$out/${ROW[$arch.image]}"
