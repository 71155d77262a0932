# SPDX-License-Identifier: GPL-2.0
# kselftest_harness.h: KSFT_SKIP when every test was skipped.
$_ = <STDIN>;
my $exit = <<'END';
	if (count && ksft_cnt.ksft_xskip == count) {
		ksft_print_cnts();
		exit(KSFT_SKIP);
	}
END

s{(?=\tksft_exit\(ret == 0\);\n)}{$exit} or die "no end of test_harness_run()\n";
print;
