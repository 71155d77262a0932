# SPDX-License-Identifier: GPL-2.0
# model_test.c: its options come from the environment.
$_ = <STDIN>;
open(my $file, '<', "$ARGV[0]/edits/model_environment.c") or die "no file\n";
my $environment = do { local $/; <$file> };
$environment =~ s/.*?\n\n//s;		# the licence
my $comment = <<'END';
 * A seed decides everything: KCMP_SEED=N in the environment starts from another
 * one; KCMP_STEPS=N and KCMP_SECONDS=N set how much is done; KCMP_TRACE=1 prints
 * the operations.  A run is at most RUN_STEPS operations long; the
END

s/ \* A seed decides everything: --seed N.*?RUN_STEPS operations long; the\n/$comment/s
	or die "no comment\n";
s{/\* [A-Z][^*\n]*command line\. \*/}{/* From the environment. */}
	or die "no options\n";
s/--seed %llu, step/KCMP_SEED=%llu, step/ or die "no message\n";
s/bool trace, is_random;/bool trace;/ or die "no is_random\n";
s/\tif \(options\.is_random\)\n\t\tprintf\(.*?;\n//s or die "no print\n";
s/options\.is_random \|\| // or die "no second print\n";
s/\/\* The command line\. +\*\/\n.*?(?=TEST_HARNESS_MAIN)/$environment\n/s
	or die "no command line\n";
print;
