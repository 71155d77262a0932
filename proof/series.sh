#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# series.sh [SERIES]...: "make series" for the kernel trees of these series (6.12 and
# 7.3).  Each patch applies with git am, has no complaint of checkpatch.pl that
# upstream/checkpatch-allowed does not explain, builds without a warning, and its
# programs pass.  Run by "make check-series"; not by "make check", for it fetches
# the trees.
# shellcheck source=/dev/null
. "$(dirname "$0")/../t/tap.sh"

readonly SELFTESTS=tools/testing/selftests
readonly KCMP=$SELFTESTS/kcmp
readonly HARNESS=$SELFTESTS/kselftest_harness
readonly COUNT=17
# The patch with the harness' last change, and the first one with programs on top.
readonly LAST_OF_HARNESS=6 FIRST_PROGRAM=7
export RUN_TIMEOUT=300

# unpack VERSION: sets TREE to a tree with what it takes to build a selftest, with
# its user space headers.
unpack()
{
	local tar

	TREE=$TMP/$1
	tar=$("$TOP/vm/source.sh" "$1") || return
	mkdir "$TREE" &&
	tar -xJf "$tar" -C "$TREE" --strip-components=1 \
		--wildcards --no-wildcards-match-slash \
		'*/MAINTAINERS' '*/Makefile' '*/scripts' '*/tools/scripts' \
		'*/tools/include' '*/include/uapi' '*/include/asm-generic' \
		'*/arch/x86' '*/arch/arm64' "*/$SELFTESTS/Makefile" \
		"*/$SELFTESTS/*.*" "*/$SELFTESTS/kselftest" "*/$KCMP" \
		"*/$SELFTESTS/clone3" "*/$SELFTESTS/pidfd" "*/$SELFTESTS/seccomp"
	# Linux 6.12 has none.
	tar -xJf "$tar" -C "$TREE" --strip-components=1 --wildcards \
		"*/$HARNESS" 2>/dev/null
	[ -f "$TREE/$SELFTESTS/lib.mk" ] || return
	make -s -C "$TREE" headers </dev/null >"$TMP/headers.out" 2>&1
	[ -f "$TREE/usr/include/linux/kcmp.h" ]
}

has_harness_test()
{
	[ -d "$TREE/$HARNESS" ]
}

in_tree()
{
	git -C "$TREE" -c user.name=check -c user.email=check@localhost \
		-c commit.gpgSign=false "$@"
}

# A repository of what the series touches.
make_repository()
{
	in_tree init -q && printf '*\n' >"$TREE/.git/info/exclude" &&
		in_tree add -f MAINTAINERS "$KCMP" "$SELFTESTS/pidfd" \
			"$SELFTESTS/seccomp" "$SELFTESTS/kselftest_harness.h" &&
		{ ! has_harness_test || in_tree add -f "$HARNESS"; } &&
		in_tree commit -qm "$1"
}

# build CC DIRECTORY [TARGET]
build()
{
	local cc=$1 directory=$2

	shift 2
	# A compiler may be found by ccache.
	! type -P ccache >/dev/null || cc="ccache $cc"
	run make -s -C "$TREE/$SELFTESTS/$directory" CC="$cc" \
		USERCFLAGS=-Werror KHDR_INCLUDES="-isystem $TREE/usr/include" "$@"
}

built()
{
	exited 0 && ! grep -q 'warning:' "$TMP/err"
}

# programs VARIABLE: what the tree's Makefile has in it.
programs()
{
	sed -n "s/^$1 [:+]= //p" "$TREE/$KCMP/Makefile"
}

# passes PROGRAM: in its directory; also when all its tests are skipped.
passes()
{
	STATUS=0
	(cd "$TREE/$KCMP" && run "./$1" && exit "$STATUS")
	STATUS=$?
	exited 0 || exited 4
}

# unexplained PATCH: prints each error and warning that has no entry in the list.
unexplained()
{
	(cd "$TREE" && scripts/checkpatch.pl --no-tree --strict --no-signoff \
		--show-types --showfile --no-summary --terse "$1") \
		>"$TMP/checkpatch" 2>"$TMP/err"
	awk -v levels='ERROR|WARNING' -v list="$TOP/upstream/checkpatch-allowed" \
		-f "$TOP/upstream/unexplained.awk" "$TMP/checkpatch"
}

is_explained()
{
	unexplained "$1" >"$TMP/unexplained"
	cat "$TMP/unexplained"
	[ ! -s "$TMP/unexplained" ] && [ ! -s "$TMP/err" ]
}

# The program of patch 1 with a number that no system call has.
check_blindness()
{
	sed 's/__NR_kcmp/9999/' "$TREE/$KCMP/kcmp_test.c" >"$TREE/$KCMP/blind.c"
	(cd "$TREE/$KCMP" && cc -I.. -o blind blind.c) 2>"$TMP/err"
	(cd "$TREE/$KCMP" && run ./blind && exit "$STATUS")
	STATUS=$?
	rm -f "$TREE/$KCMP"/blind*
	check "$version: 1: kcmp_test fails without kcmp()" exited 1
}

# check_users N: the other users of kcmp.h, and of the harness.
check_users()
{
	build gcc pidfd "$TREE/$SELFTESTS/pidfd/pidfd_getfd_test"
	check "$version: $1: pidfd_getfd_test builds" built
	run "$TREE/$SELFTESTS/pidfd/pidfd_getfd_test"
	check "$version: $1: pidfd_getfd_test passes" exited 0
	echo '#include <sys/capability.h>' | cc -E - >/dev/null 2>&1 || {
		skip "$version: $1: seccomp_bpf builds" "needs libcap-dev"
		return
	}
	build gcc seccomp "$TREE/$SELFTESTS/seccomp/seccomp_bpf"
	check "$version: $1: seccomp_bpf builds" built
	run "$TREE/$SELFTESTS/seccomp/seccomp_bpf" -r global.kcmp
	check "$version: $1: seccomp_bpf's kcmp test passes" exited 0
}

# The harness and its own test.  t/suite/series.t has more of the harness.
check_harness()
{
	if ! has_harness_test; then
		skip "$version: $1: the harness' test passes" \
			"needs Linux 7 (kselftest_harness)"
		return
	fi
	make -s -C "$TREE/$HARNESS" clean >/dev/null 2>&1
	build gcc kselftest_harness
	check "$version: $1: the harness' test builds" built
	(cd "$TMP" && run "$TREE/$HARNESS/harness-selftest.sh" && exit "$STATUS")
	STATUS=$?
	check "$version: $1: the harness' test passes" exited 0
	make -s -C "$TREE/$HARNESS" clean >/dev/null 2>&1
}

# check_patch N FILE
check_patch()
{
	local n=$1 patch=$2 before program cc

	before=" $(programs TEST_GEN_PROGS | tr '\n' ' ')"
	in_tree am -q "$patch" >"$TMP/out" 2>"$TMP/err"
	STATUS=$?
	check "$version: $n: git am" exited 0
	check "$version: $n: checkpatch.pl" is_explained "$patch"
	for cc in clang gcc; do
		make -s -C "$TREE/$KCMP" clean >/dev/null 2>&1
		build "$cc" kcmp
		check "$version: $n: builds with $cc" built
	done
	for program in $(programs TEST_GEN_PROGS); do
		[[ $n -gt $FIRST_PROGRAM && $before == *" $program "* ]] ||
			check "$version: $n: $program passes" passes "$program"
	done
	[ "$n" != 1 ] || check_blindness
	[ "$n" != 2 ] && [ "$n" != "$LAST_OF_HARNESS" ] || check_users "$n"
	[ "$n" -le 2 ] || [ "$n" -gt "$LAST_OF_HARNESS" ] || check_harness "$n"
}

# Succeeds if the kernel's directory has the C files of this one, all but
# observe_test.c; prints the difference.
offered_files()
{
	(cd "$TOP" && ls ./*.[ch]) | grep -vx './observe_test.c' >"$TMP/ours"
	(cd "$TREE/$KCMP" && ls ./*.[ch]) >"$TMP/theirs"
	diff -u "$TMP/ours" "$TMP/theirs"
}

offered_lists()
{
	diff -u "$TOP/config" "$TREE/$KCMP/config" &&
	diff -u <(lists "$TOP/Makefile") <(lists "$TREE/$KCMP/Makefile")
}

# lists MAKEFILE: the names of its lists, sorted.
lists()
{
	sed -n -E 's/^(TEST_GEN_PROGS|TEST_GEN_PROGS_EXTENDED|LOCAL_HDRS|SHARED|MODEL) [:+]= //p' \
		"$1" | tr ' ' '\n' | grep -vx observe_test | sort
}

uses_nothing_private()
{
	! grep -nE '#define main|__fixture(_variant)?(_list|_metadata)' \
		"$TREE/$KCMP"/*.[ch]
}

check_end()
{
	local program start run ms least=1000000

	check "$version: all files are there" offered_files
	check "$version: config and Makefile name the same" offered_lists
	check "$version: nothing of the harness is private" uses_nothing_private
	check "$version: git status is clean" test -z \
		"$(in_tree status --porcelain)"
	# shellcheck disable=SC2034
	for run in 1 2 3 4 5; do
		start=$(date +%s%N)
		for program in $(programs TEST_GEN_PROGS); do
			passes "$program" || break 2
		done
		ms=$((($(date +%s%N) - start) / 1000000))
		[ "$ms" -ge "$least" ] || least=$ms
	done
	echo "# $version: all programs took $least ms, the least of 5 runs"
	program=$(programs TEST_GEN_PROGS_EXTENDED)
	check "$version: $program passes" passes "$program"
}

check_series()
{
	local version=$1 n=0 patch

	unpack "$version" || {
		skip "the series on $version" "missing source package"
		return
	}
	run "$TOP/upstream/series.sh" "$TREE" "$TMP/again-$version"
	run "$TOP/upstream/series.sh" "$TREE" "$TMP/series-$version"
	check "$version: make series" exited 0
	exited 0 || return
	check "$version: made twice, it is the same" diff -r \
		"$TMP/again-$version" "$TMP/series-$version"
	set -- "$TMP/series-$version"/*.patch
	check "$version: $COUNT patches and a cover letter" \
		test $# = $((COUNT + 1))
	check "$version: checkpatch.pl on the cover letter" is_explained "$1"
	make_repository "$version" || return
	for patch in "${@:2}"; do
		n=$((n + 1))
		check_patch "$n" "$patch"
	done
	check_end
	rm -rf "$TREE"
}

[ $# -gt 0 ] || set -- 6.12 7.3
for series; do
	check_series "$series"
done
finish
