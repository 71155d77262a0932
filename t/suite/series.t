#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The series for a kernel tree, as far as it needs no tree: its steps name all that
# is offered, its edits fit this repository's files and the harness, which then does
# what the series says, and errors are reported.  All the rest is proof/series.sh.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

readonly UPSTREAM=$TOP/upstream

# in_makefile VARIABLE
in_makefile()
{
	sed -n "s/^$1 [:+]= //p" "$TOP/Makefile" | tr ' ' '\n' | sort
}

# What the steps bring in.
steps()
{
	local file

	for file in "$UPSTREAM"/[0-9][0-9]-*; do
		sed '1,/^---$/d' "$file"
	done >"$TMP/steps"
}

# named DIRECTIVE...: what stands behind these.
named()
{
	local directive

	for directive; do
		sed -n "s/^$directive //p" "$TMP/steps" | tr ' ' '\n'
	done | sort
}

same_names()
{
	diff "$TMP/wanted" "$TMP/named"
}

steps
in_makefile TEST_GEN_PROGS | grep -vx observe_test >"$TMP/wanted"
named programs extended >"$TMP/named"
check "each program but observe_test is in one step" same_names
in_makefile LOCAL_HDRS >"$TMP/wanted"
{
	named files | grep '\.h$'
	named shared | sed 's/$/.h/'
} | sort >"$TMP/named"
check "each header is in one step" same_names
in_makefile MODEL >"$TMP/wanted"
named model >"$TMP/named"
check "each part of the model is in one step" same_names
sed -n 's/^CONFIG_\(.*\)=y/\1/p' "$TOP/config" | sort >"$TMP/wanted"
named config >"$TMP/named"
check "each line of config is in one step" same_names

# Each edit of a file of this repository.
while read -r name file; do
	source=$TOP/${file##*/}
	if [ ! -f "$source" ] || [ "$name" = exit_status ]; then
		continue
	fi
	# shellcheck disable=SC2094
	perl -0777 "$UPSTREAM/edits/$name.pl" "$UPSTREAM" "$source" <"$source" \
		>"$TMP/out" 2>"$TMP/err"
	STATUS=$?
	check "edit $name fits ${file##*/}" exited 0
	check "edit $name changes ${file##*/}" test -s "$TMP/out" -a \
		-n "$(cmp "$source" "$TMP/out" 2>&1)"
done < <(sed -n 's/^edit //p' "$TMP/steps")

for edit in "$UPSTREAM"/edits/*.pl; do
	[ "${edit##*/}" != headers.pl ] || continue
	echo 'nothing known' | perl -0777 "$edit" "$UPSTREAM" \
		>"$TMP/out" 2>"$TMP/err"
	STATUS=$?
	check "${edit##*/} fails where its place is not found" test "$STATUS" != 0
done

for file in "$UPSTREAM"/[0-9][0-9]-* "$UPSTREAM/cover-letter"; do
	sed '/^---$/,$d' "$file" >"$TMP/out"
	check "${file##*/}: 75 columns" test -z "$(grep -E '.{76}' "$TMP/out")"
	check "${file##*/}: a subject and a body" test \
		"$(sed -n 2p "$TMP/out")" = '' -a \
		-n "$(sed -n '1{/^\(selftests\/kcmp\|selftests: harness\|MAINTAINERS\): /p}' "$TMP/out")"
done

check "cover-letter: no figure is missing" test \
	-z "$(grep FIGURE "$UPSTREAM/cover-letter")"

# The harness with its patches.
tests_of_harness()
{
	local cc

	"$TOP/runner/harness.sh" >"$TMP/dir" && mkdir "$TMP/harness" &&
		cp "$(cat "$TMP/dir")"/kselftest*.h "$TMP/harness" || return
	while read -r name; do
		perl -0777 "$UPSTREAM/edits/$name.pl" "$UPSTREAM" \
			<"$TMP/harness/kselftest_harness.h" >"$TMP/edited" || return
		cp "$TMP/edited" "$TMP/harness/kselftest_harness.h"
	done < <(sed -n 's/^edit \([^ ]*\) .*kselftest_harness\.h$/\1/p' "$TMP/steps")
	for cc in clang gcc; do
		"$cc" -Wall -Wextra -Werror -Wno-unused-parameter -D_GNU_SOURCE= \
			-I "$TMP/harness" -o "$TMP/harness_check" \
			"$TOP/t/suite/harness_check.c" || return
	done
}

# results OPTION...: runs the tests; prints the result of each, sorted.
results()
{
	run "$TMP/harness_check" "$@"
	sed -n 's/^\(not ok\|ok\) [0-9]* \([^ ]*\)/\2 \1/p' "$TMP/out" |
		sed 's/ #//' | tr -s ' ' | sort
}

# runs "ID..." OPTION...: these tests run, and -L prints them.
runs()
{
	local ids=$1

	shift
	[ "$(results "$@" | sed 's/ .*//' | tr '\n' ' ')" = "$ids " ] || return
	run "$TMP/harness_check" -L "$@"
	exited 0 && [ "$(sort "$TMP/out" | tr '\n' ' ')" = "$ids " ]
}

check "the harness is patched, without a warning" tests_of_harness
cat >"$TMP/wanted" <<'END'
global.fail not ok
global.pass ok
global.skip ok SKIP reason
global.skip_after_failure not ok reason
global.skip_in_assertion ok SKIP reason
global.skip_in_block ok SKIP reason
global.skip_in_block_after_failure not ok reason
late.bad.first not ok reason
late.bad.second not ok reason
late.good.first ok SKIP reason
late.good.second ok SKIP reason
END
results >"$TMP/named"
check "a skip does not hide a failure" same_names
check "and the status is that of a failure" exited 1
results -r 'global.skip' -r 'late.good.*' >"$TMP/named"
check "all skipped: status 4" exited 4
results -t pass -t skip >"$TMP/named"
check "some skipped: status 0" exited 0
check "-r takes wildcards" runs \
	'late.bad.first late.bad.second late.good.first' -r 'late.bad.*' -r '*d.f?rst'
check "-R excludes" runs 'late.bad.first late.good.first' -R '*.second' -r 'late.*'
check "-R alone includes the rest" runs 'global.pass' -R 'late*' -R '*skip*' \
	-R '*fail'
check "the first match counts" runs 'global.pass' -r '*pass' -R '*'
check "-f, -v and -t take wildcards" runs 'late.bad.first' -V 'g*' -T sec\* -f 'l?te'
run "$TMP/harness_check" -r 'global.pas'
check "no match is an error" complained 1 'no test matches'
run "$TMP/harness_check" -L -r ''
check "no match is an error for -L" complained 1 'no test matches'

run "$UPSTREAM/series.sh"
check "no tree is an error" complained 2 usage
mkdir "$TMP/tree"
run "$UPSTREAM/series.sh" "$TMP/tree" "$TMP/series"
check "a directory that is no kernel tree is an error" complained 2 MAINTAINERS
check "which leaves nothing behind" test ! -e "$TMP/series"
finish
