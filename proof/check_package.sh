#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The packages of "make package": this machine's runs in a minimal root, which has no
# compiler; that of another architecture is made for it.  As root.
# shellcheck source=/dev/null
. "$(dirname "$0")/../t/tap.sh"
# shellcheck source=vm/arch.sh
. "$TOP/vm/arch.sh"

export RUN_TIMEOUT=900
own=$(arch_of_machine "$(uname -m)")
mkdir "$TMP/packages"

# machine_of FILE: prints the machine of an ELF file, two bytes.
machine_of()
{
	od -A n -t x1 -j 18 -N 2 "$1" | tr -d ' \n'
}

# unpack ARCH: the package, into $TMP/ARCH.
unpack()
{
	mkdir "$TMP/$1" && tar -C "$TMP/$1" -xzf "$TMP/packages/kcmp-suite-$1.tar.gz"
}

run "$TOP/proof/package.sh" "$TMP/packages" "$own"
check "there is a package" exited 0
check "its name is printed" printed "^$TMP/packages/kcmp-suite-$own.tar.gz\$"
unpack "$own"
cp "$TMP/$own/kcmp-suite/ids" "$TMP/ids"
dir=$TMP/$own/kcmp-suite
check "it has all programs" same <(ls "$dir/programs") \
	<(sed -n 's/^TEST_GEN_PROGS := //p' "$TOP/Makefile" | tr ' ' '\n' | sort)
check "they are static" [ -z "$(for program in "$dir/programs"/*; do
	LD_TRACE_LOADED_OBJECTS=1 "$program" --list 2>/dev/null | grep '=>'; done)" ]
"$dir/run.sh" --list </dev/null >"$TMP/list"
check "its list of ids is that of its programs" same <(sort "$TMP/ids") <(sort "$TMP/list")
run env PATH="$PATH" CC=false "$dir/run.sh" --results "$TMP/results" --tap=flat
check "it runs, and builds nothing" exited 0
check "its version is that of the suite" grep -q "\"suite\",\"value\":\"$(git -C "$TOP" describe \
	--always --dirty)\"" "$TMP/results"
run "$TOP/proof/package.sh" "$TMP/again" "$own"
check "it is the same each time" cmp "$TMP/packages/kcmp-suite-$own.tar.gz" \
	"$TMP/again/kcmp-suite-$own.tar.gz"

# A minimal root has a copy of the checkout, but no compiler.
if [ "$(id -u)" = 0 ] && command -v debootstrap >/dev/null; then
	# shellcheck disable=SC2016
	timeout "$RUN_TIMEOUT" "$TOP/proof/minimal_root.sh" bookworm sh -c '
		! command -v gcc && ! command -v make && ! command -v git &&
		tar -C /tmp -xzf - && /tmp/kcmp-suite/run.sh && echo "status 0"' \
		<"$TMP/packages/kcmp-suite-$own.tar.gz" >"$TMP/root" 2>"$TMP/err"
	STATUS=$?
	check "in a minimal root, it runs" exited 0
	check "in a minimal root, it has all tests" \
		[ "$(grep -c '^# \(not \)\?ok [0-9]' "$TMP/root")" = "$(wc -l <"$TMP/ids")" ]
	check "in a minimal root, nothing fails" grep -q '^# Totals: pass:[0-9]* fail:0 ' "$TMP/root"
else
	skip "in a minimal root, it runs" "needs root and debootstrap"
fi

for pair in arm64:b700 s390x:0016; do
	arch=${pair%:*}
	[ "$arch" != "$own" ] || continue
	if ! command -v "${ROW[$arch.triplet]}-gcc" >/dev/null; then
		skip "$arch: there is a package" "needs ${ROW[$arch.triplet]}-gcc"
		continue
	fi
	run "$TOP/proof/package.sh" "$TMP/packages" "$arch"
	check "$arch: there is a package" exited 0
	unpack "$arch"
	check "$arch: it has all programs" same <(ls "$dir/programs") \
		<(ls "$TMP/$arch/kcmp-suite/programs")
	check "$arch: they are of that machine" \
		[ "$(for program in "$TMP/$arch/kcmp-suite/programs"/*; do machine_of "$program"; echo
			done | sort -u)" = "${pair#*:}" ]
	check "$arch: nothing else differs" diff -r -x programs "$dir" "$TMP/$arch/kcmp-suite"
	run "$TMP/$arch/kcmp-suite/run.sh" --list
	check "$arch: here it is an error" complained 2 "no program in"
done
run "$TOP/proof/package.sh" "$TMP/packages" nonsense
check "an unknown architecture is an error" complained 2 "'nonsense' is none of"

finish
