#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# build.sh TREE OUT [FRAGMENT]...: builds the kernel of a source tree out of
# tree, with all that the suite asks about and what boots in vm/qemu.sh's guests,
# and little else; then the fragments.  Prints the path of the image.  The log is
# OUT/build.log.
#
# Exits with 1 when the build fails, with 2 when it cannot be tried.
set -u -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
tree=${1:?usage: build.sh TREE OUT [FRAGMENT]...}
out=${2:?usage: build.sh TREE OUT [FRAGMENT]...}
shift 2

die()
{
	echo "build.sh: $*" >&2
	exit 2
}

# in_tree TARGET...: make, in the tree.
in_tree()
{
	local cc=gcc

	! command -v ccache >/dev/null || cc='ccache gcc'
	make -C "$tree" O="$out" CC="$cc" -j "$(nproc)" "$@" \
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

for tool in gcc make flex bison bc perl; do
	command -v "$tool" >/dev/null || die "no $tool: apt-get install $tool"
done
[ -f "$tree/kernel/kcmp.c" ] && [ -f "$tree/Kconfig" ] ||
	die "$tree is no kernel source tree with kcmp"
mkdir -p "$out" && out=$(cd "$out" && pwd -P) && : >"$out/build.log" ||
	die "cannot write to $out"
# What comes last counts; nothing is rebuilt for the same configuration.
cat "$here/base.config" "$here/../config" "$@" >"$out/all.config" ||
	die "cannot write to $out"
in_tree KCONFIG_ALLCONFIG="$out/all.config" allnoconfig && in_tree bzImage || {
	has_room || die "no room in $out"
	echo "build.sh: the build failed: $(first_error); $out/build.log" >&2
	exit 1
}
echo "$out/arch/x86/boot/bzImage"
