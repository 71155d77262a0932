#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# No test skips after an expectation: the harness would turn a failure into a
# skip.  SKIP_IF() notices that only when the failure has happened.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

readonly AWK=$TOP/t/suite/skips.awk

cat >"$TMP/late.c" <<'END'
FIXTURE_SETUP(a)
{
	SKIP_IF(reason());
	ASSERT_SPAWNED(self->child);
}

TEST_F(a, is_right)
{
	SKIP_IF(reason());	/* after EXPECT_EQ(0, 0) in a comment */
	EXPECT_EQ(0, 0);
}

TEST_F(a, skips_late)
{
	EXPECT_SHARED(0, 1, 2);
	SKIP_IF(reason());
}

TEST(uses_the_bare_macro)
{
	SKIP(return, "no reason");
}
END
run awk -f "$AWK" "$TMP/late.c"
check "finds a skip after an expectation" \
	grep -q ':16: TEST_F(a, skips_late): SKIP_IF(reason());' "$TMP/out"
check "finds a skip without SKIP_IF()" grep -q ':21: TEST(uses' "$TMP/out"
check "finds nothing else" test "$(wc -l <"$TMP/out")" = 2
for file in "$TOP"/*.[ch]; do
	[ "${file##*/}" != kcmp_harness.h ] || continue
	run awk -f "$AWK" "$file"
	check "${file##*/}: no skip after an expectation" test ! -s "$TMP/out"
done
finish
