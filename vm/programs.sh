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
		[ "${ARCH[$arch.triplet]%%-*}:${ARCH[$arch.triplet]##*-}" != \
		  "${target%%-*}:${target##*-}" ] || { echo "$arch"; return; }
	done
	echo unknown
}

# programs_arch GUEST: prints the architecture of the programs for a kernel.
programs_arch()
{
	if [ -z "$COMPAT" ]; then
		echo "$1"
	elif [ -n "${ARCH[$1.compat]:-}" ]; then
		echo "${ARCH[$1.compat]}"
	else
		die "--compat: no 32-bit programs are known for $1 kernels"
	fi
}

# programs_check ARCH: dies if the compiler or the C library is missing.
programs_check()
{
	local triplet=${ARCH[$1.triplet]}

	[ -z "${KCMP_BIN:-}" ] && [ "$1" != "$(native_arch)" ] || return 0
	command -v "$triplet-gcc" >/dev/null ||
		die "no $triplet-gcc: apt-get install ${ARCH[$1.compiler]} ${ARCH[$1.libc]}"
	echo '#include <stdio.h>' | "$triplet-gcc" -E -x c - >/dev/null 2>&1 ||
		die "no C library for $triplet-gcc: apt-get install ${ARCH[$1.libc]}"
}

# Sets GUEST_BIN to the directory of the programs for an architecture, which are
# brought up to date.
programs_build()
{
	local lock native=$BIN

	GUEST_BIN=$BIN
	[ -z "${KCMP_BIN:-}" ] && [ "$1" != "$(native_arch)" ] || return 0
	GUEST_BIN=$("$HERE/runner/cache.sh") || exit "$ERROR"
	GUEST_BIN+=/static-$1-$(cksum <<<"$HERE" | cut -d ' ' -f 1)
	mkdir -p "$GUEST_BIN" || die "cannot write to $GUEST_BIN"
	exec {lock}<"$GUEST_BIN"
	flock "$lock"
	BIN=$GUEST_BIN
	compile -static "CROSS_COMPILE=${ARCH[$1.triplet]}-"
	BIN=$native
	exec {lock}<&-
}
