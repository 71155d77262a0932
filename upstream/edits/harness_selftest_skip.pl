# SPDX-License-Identifier: GPL-2.0
# harness-selftest.c: SKIP() before and after a failed expectation.
$_ = <STDIN>;
my $tests = <<'END';
TEST(skip) {
	EXPECT_EQ(0, 0);
	SKIP(return, "reason");
}

TEST(skip_in_block) {
	EXPECT_EQ(0, 1) {
		SKIP(return, "reason");
	}
}

TEST(skip_after_failure) {
	EXPECT_EQ(0, 1);
	SKIP(return, "reason");
}

TEST(skip_in_block_after_failure) {
	EXPECT_EQ(0, 1);
	EXPECT_EQ(0, 2) {
		SKIP(return, "reason");
	}
}

END

s{(?=int main\()}{$tests} or die "no main()\n";
print;
