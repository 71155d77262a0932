#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The suite inside kernel trees, old and new: builds, runs and installs as the
# kernel's own targets do it.  Run by "make check-trees"; not by "make check",
# for it fetches the trees.
# shellcheck source=/dev/null
. "$(dirname "$0")/../t/tap.sh"

readonly SELFTESTS=tools/testing/selftests
export RUN_TIMEOUT=300

# Unpacks what it takes to build a selftest in its place.
tree()
{
	local version=$1 tar

	tar=$("$TOP/vm/source.sh" "$version") || return
	mkdir "$TMP/$version" &&
	tar -xJf "$tar" -C "$TMP/$version" --strip-components=1 \
		--wildcards --no-wildcards-match-slash \
		'*/Makefile' '*/scripts' '*/tools/scripts' '*/tools/include' \
		'*/include/uapi' \
		'*/include/asm-generic' '*/arch/x86' '*/arch/arm64' \
		"*/$SELFTESTS/Makefile" "*/$SELFTESTS/*.*" \
		"*/$SELFTESTS/kselftest" "*/$SELFTESTS/kcmp"
	[ -f "$TMP/$version/$SELFTESTS/lib.mk" ] || return
	rm -rf "${TMP:?}/$version/$SELFTESTS/kcmp"/*
	(cd "$TOP" && cp Makefile config settings .gitignore ./*.h ./*.c \
		"$TMP/$version/$SELFTESTS/kcmp/")
}

selftests()
{
	run make -C "$TMP/$version/$SELFTESTS" TARGETS=kcmp \
		USERCFLAGS=-Werror "$@"
}

programs=$(sed -n 's/^TEST_GEN_PROGS := //p' "$TOP/Makefile")

# built DIR: whether all programs are there.
built()
{
	local program

	for program in $programs; do
		[ -x "$1/$program" ] || return
	done
}

# passed: whether the kernel's runner saw each program pass.
passed()
{
	local program

	for program in $programs; do
		grep -q "^ok [0-9]* selftests: .*kcmp: $program\$" "$TMP/out" ||
			return
	done
}

[ $# -gt 0 ] || set -- 5.10 6.1 6.12 7.3
for version; do
	tree "$version" || {
		skip "in the tree of $version" "missing source package"
		continue
	}
	kcmp=$TMP/$version/$SELFTESTS/kcmp
	(cd "$kcmp" && find . | sort) >"$TMP/before"

	selftests all
	check "$version: all builds in the tree" built "$kcmp"
	selftests run_tests
	check "$version: run_tests passes" passed
	selftests install INSTALL_PATH="$TMP/install-$version"
	check "$version: install installs" built "$TMP/install-$version/kcmp"
	check "$version: what is installed runs" \
		"$TMP/install-$version/kcmp/kcmp_test" --list
	selftests clean
	(cd "$kcmp" && find . | sort) >"$TMP/after"
	check "$version: clean leaves the tree as it was" \
		same "$TMP/before" "$TMP/after"

	mkdir "$TMP/out-$version"
	selftests O="$TMP/out-$version" all
	check "$version: O= builds out of the tree" \
		built "$TMP/out-$version/kselftest/kcmp"
	selftests O="$TMP/out-$version" run_tests
	check "$version: O= run_tests passes" passed
	rm -rf "${TMP:?}/out-$version"
	run make -C "$kcmp" OUTPUT="$TMP/install-$version" all
	check "$version: OUTPUT= builds there" built "$TMP/install-$version"

	if command -v clang >/dev/null; then
		selftests LLVM=1 all
		check "$version: LLVM=1 builds" built "$kcmp"
		selftests LLVM=1 clean
	else
		skip "$version: LLVM=1 builds" "missing clang"
	fi
	if command -v aarch64-linux-gnu-gcc >/dev/null; then
		selftests ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- all
		check "$version: CROSS_COMPILE= builds" built "$kcmp"
		selftests ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- clean
	else
		skip "$version: CROSS_COMPILE= builds" \
			"missing aarch64-linux-gnu-gcc"
	fi
	rm -rf "${TMP:?}/$version"
done

finish
