// SPDX-License-Identifier: GPL-2.0
/*
 * Tests with known results, for t/suite/series.t: what the series changes in the
 * harness of a tree that has no test of the harness.
 */
#include "kselftest_harness.h"

TEST(pass)
{
	EXPECT_EQ(0, 0);
}

TEST(fail)
{
	EXPECT_EQ(0, 1);
}

TEST(skip)
{
	SKIP(return, "reason");
}

TEST(skip_in_block)
{
	EXPECT_EQ(0, 1)
	{
		SKIP(return, "reason");
	}
}

TEST(skip_in_assertion)
{
	ASSERT_STREQ("a", "b")
	{
		SKIP(return, "reason");
	}
}

TEST(skip_after_failure)
{
	EXPECT_EQ(0, 1);
	SKIP(return, "reason");
}

TEST(skip_in_block_after_failure)
{
	EXPECT_STREQ("a", "b");
	EXPECT_EQ(0, 2)
	{
		SKIP(return, "reason");
	}
}

/* clang-format off */
FIXTURE(late) {};
/* clang-format on */

FIXTURE_VARIANT(late)
{
	bool fails;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(late, good) { .fails = false };
FIXTURE_VARIANT_ADD(late, bad) { .fails = true };
/* clang-format on */

FIXTURE_SETUP(late)
{
	EXPECT_FALSE(variant->fails);
	SKIP(return, "reason");
}

FIXTURE_TEARDOWN(late)
{
}

TEST_F(late, first)
{
	EXPECT_EQ(0, 1);
}

TEST_F(late, second)
{
}

TEST_HARNESS_MAIN
