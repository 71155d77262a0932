#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The series for a kernel tree, as far as it needs no tree: its steps name all that
# is offered, its edits fit this repository's files, and errors are reported.  All
# the rest is proof/series.sh.
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
	perl -0777 "$UPSTREAM/edits/$name.pl" "$UPSTREAM" <"$source" \
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
		"$(sed -n 1p "$TMP/out" | cut -d : -f 1)" = selftests/kcmp
done

run "$UPSTREAM/series.sh"
check "no tree is an error" complained 2 usage
mkdir "$TMP/tree"
run "$UPSTREAM/series.sh" "$TMP/tree" "$TMP/series"
check "a directory that is no kernel tree is an error" complained 2 MAINTAINERS
check "which leaves nothing behind" test ! -e "$TMP/series"
finish
