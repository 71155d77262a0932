#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# arch_mutants.sh [ARCH]...: kernels with one mistake each on other architectures
# (default: s390x arm64), by run.sh --kernel.  What a test sees on x86_64, by
# proof/mutants/sample, it sees there; the mistakes of proof/mutants/big_endian are
# seen on s390x, and by no test on little-endian.  Run by "make check-arch-mutants".
#
# One kernel of each architecture (Linux 6.12) holds them all; kcmp_mutant=N on its
# command line switches one on.
# shellcheck source=/dev/null
. "$(dirname "$0")/../t/tap.sh"
# shellcheck source=vm/arch.sh
. "$TOP/vm/arch.sh"

export RUN_TIMEOUT=3000
readonly MUTANTS=$TOP/proof/mutants
cache=$("$TOP/runner/cache.sh") || exit 1
work=$cache/arch-mutants
trap 'rm -rf "$TMP" "$work"/linux-source-*' EXIT

# Writes the mutants of the sample, and no others, to $TMP/edits: some of the others
# are made for x86.
select_mutants()
{
	local file

	mkdir -p "$TMP/edits"
	for file in "$MUTANTS"/*.edits "$MUTANTS"/big_endian/*.edits; do
		awk -v "from=$(basename "$file" .edits)/" '
			NR == FNR { wanted[$1]; next }
			/^name: / { keep = from $2 in wanted }
			keep { print }
			/^$/ { keep = 0 }' "$MUTANTS/sample" "$file" \
			>"$TMP/edits/$(basename "$file")"
	done
}

# Prints what the kernels are made of.
checksum()
{
	cat "$TMP"/edits/*.edits "$MUTANTS/apply.pl" "$TOP/config" \
		"$TOP/vm/base.config" "$TOP/vm/build.sh" "$TOP/vm/arch.sh" | cksum
}

# Sets TREE, and writes the numbers of the mutants to $work/list.
make_tree()
{
	[ -z "${TREE:-}" ] || return 0
	mkdir -p "$work" && TREE=$("$TOP/proof/kernel_tree.sh" "$work") &&
		"$MUTANTS/apply.pl" "$TREE" "$TMP"/edits/*.edits >"$work/list"
}

# build ARCH: sets IMAGE to its kernel, built unless it is there.
build()
{
	local out=$work/$1

	IMAGE=$out/${ROW[$1.image]}
	[ ! -f "$IMAGE" ] || [ "$(cat "$out/sum")" != "$(checksum)" ] || return 0
	make_tree && mkdir -p "$out" || return
	rm -f "$out/sum"
	ARCH=${ROW[$1.kbuild]%%,*} CROSS_COMPILE=${ROW[$1.triplet]}- \
		"$TOP/vm/build.sh" "$TREE" "$out" >"$TMP/image" || return
	checksum >"$out/sum"
}

# ask MUTANT PATTERN: some tests on a kernel with that mistake.
ask()
{
	local number

	number=$(awk -v "name=$1" '$2 == name { print $1 }' "$work/list")
	[ -n "$number" ] || number=unknown
	run "$TOP/run.sh" --kernel "$IMAGE" --append "kcmp_mutant=$number" -r "$2"
}

# A test has failed, and the guest ended as guests do.
is_seen()
{
	exited 1 && printed '^# not ok [0-9]* [a-z0-9_]*\.' &&
		! printed '^not ok .* guest'
}

# Asks about the mutants of a list (stdin); each is seen, or "not".
check_list()
{
	local arch=$1 seen=$2 mutant test

	while read -r mutant test; do
		ask "$mutant" "$test"
		if [ "$seen" = seen ]; then
			check "$arch: $mutant is seen by $test" is_seen
		else
			check "$arch: $mutant is not seen" exited 0
		fi
	done
}

check_arch()
{
	local arch=$1 big_endian=seen

	"${ROW[$arch.triplet]}-gcc" -dM -E -x c - </dev/null |
		grep '__BYTE_ORDER__ __ORDER_BIG_ENDIAN__' >/dev/null || big_endian=not
	run "$TOP/run.sh" --kernel "$IMAGE"
	check "$arch: with all mutants off, nothing fails" exited 0
	grep -v -e '^#' -e '^big_endian/' "$MUTANTS/sample" >"$TMP/any"
	grep '^big_endian/' "$MUTANTS/sample" >"$TMP/big_endian"
	check_list "$arch" seen <"$TMP/any"
	check_list "$arch" $big_endian <"$TMP/big_endian"
}

[ $# -gt 0 ] || set -- s390x arm64
select_mutants
for arch; do
	arch_known "$arch" && command -v "${ROW[$arch.triplet]}-gcc" >/dev/null &&
		command -v "qemu-system-${ROW[$arch.qemu]}" >/dev/null || {
		skip "$arch" "needs a cross compiler and an emulator"
		continue
	}
	if build "$arch"; then
		check_arch "$arch"
	else
		check "$arch: the kernel with all mutants is built" false
	fi
done
finish
