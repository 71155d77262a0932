# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: the programs for the guests, static, by cross compilers where
# need be.

# Prints the row of vm/arch.sh that this machine's kernel is of.
host_arch()
{
	arch_of_machine "$(uname -m)" || echo unknown
}

# Prints the row that the compiler in use makes programs for.
native_arch()
{
	local arch target

	target=$("${CC:-gcc}" -dumpmachine 2>/dev/null) || return
	for arch in "${ARCHES[@]}"; do
		[ "${ROW[$arch.triplet]%%-*}:${ROW[$arch.triplet]##*-}" != \
		  "${target%%-*}:${target##*-}" ] || { echo "$arch"; return; }
	done
	echo unknown
}

# programs_arch GUEST: prints the architecture of the programs for a kernel.
programs_arch()
{
	if [ -z "$COMPAT" ]; then
		echo "$1"
	elif [ -n "${ROW[$1.compat]:-}" ]; then
		echo "${ROW[$1.compat]}"
	else
		die "--compat: no 32-bit programs are known for $1 kernels"
	fi
}

# Whether the programs for an architecture are those that the compiler in use makes,
# or were made by somebody else.
programs_are_native()
{
	[ -n "${KCMP_BIN:-}" ] || [ "$1" = "$(native_arch)" ]
}

# programs_missing_packages ARCH: prints the packages of compiler and C library that
# are missing.
programs_missing_packages()
{
	local gcc=${ROW[$1.triplet]}-gcc

	! programs_are_native "$1" || return 0
	command -v "$gcc" >/dev/null || echo "${ROW[$1.compiler]}"
	echo '#include <stdio.h>' | "$gcc" -E -x c - >/dev/null 2>&1 ||
		echo "${ROW[$1.libc]}"
}

# programs_check ARCH: dies if the programs cannot be made.
programs_check()
{
	local missing

	missing=$(programs_missing_packages "$1")
	[ -z "$missing" ] ||
		die "no compiler or C library for $1: apt-get install $(paste -s -d ' ' <<<"$missing")"
}

# Sets GUEST_BIN to the directory of the programs for an architecture, which are
# brought up to date.
programs_build()
{
	local lock native=$BIN

	GUEST_BIN=$BIN
	! programs_are_native "$1" || return 0
	GUEST_BIN=$("$HERE/runner/cache.sh") || exit "$ERROR"
	GUEST_BIN+=/static-$1-$(cksum <<<"$HERE" | cut -d ' ' -f 1)
	mkdir -p "$GUEST_BIN" || die "cannot write to $GUEST_BIN"
	temp_dir build
	exec {lock}<"$GUEST_BIN"
	flock "$lock"
	BIN=$GUEST_BIN
	compile -static "CROSS_COMPILE=${ROW[$1.triplet]}-" ARCH=
	BIN=$native
	exec {lock}<&-
}
