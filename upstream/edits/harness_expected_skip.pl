# SPDX-License-Identifier: GPL-2.0
# harness-selftest.expected: the tests of harness_selftest_skip.pl, which come
# before those of the fixtures.  Their lines are counted in harness-selftest.c.
$_ = <STDIN>;
my $source = $ARGV[1] =~ s/expected$/c/r;
my (%line, $name, @expected, $skipped, $failed);

open(my $file, '<', $source) or die "no $source\n";
$/ = "\n";
while (my $text = <$file>) {
	$name = $1 if $text =~ /^TEST\((\w+)\)/;
	push(@{$line{$name}}, "$.:$name:Expected 0 (0) == $1 ($1)")
		if $name && $text =~ /EXPECT_EQ\(0, ([12])\)/;
}

my ($first) = /ok (\d+) fixture\.pass\n/ or die "no fixture.pass\n";
my $number = $first;
for ([skip => 1], [skip_in_block => 1], [skip_after_failure => 0],
     [skip_in_block_after_failure => 0]) {
	my ($test, $skips) = @$_;

	push(@expected, "#  RUN           global.$test ...");
	push(@expected, map { "# harness-selftest.c:$_" } @{$line{$test} // []});
	push(@expected, '#      SKIP      reason');
	push(@expected, "# $test: Test failed") unless $skips;
	push(@expected, sprintf('#          %4s  global.%s', $skips ? 'OK' : 'FAIL', $test));
	push(@expected, $skips ? "ok $number global.$test # SKIP reason" :
			"not ok $number global.$test #  reason");
	$number++;
	$skips ? $skipped++ : $failed++;
}
my $added = $number - $first;

s{^((?:not )?ok )(\d+)}{$1 . ($2 + ($2 >= $first ? $added : 0))}gme;
s{^(?=\#  RUN           fixture\.pass)}{join("\n", @expected) . "\n"}me
	or die "no start of fixture.pass\n";
s{^1\.\.(\d+)}{'1..' . ($1 + $added)}me or die "no plan\n";
s{^(\# Starting )(\d+)}{$1 . ($2 + $added)}me or die "no number of tests\n";
s{^(\# FAILED: )(\d+) / (\d+)}{$1 . ($2 + $skipped) . ' / ' . ($3 + $added)}me
	or die "no result\n";
s{^(\# )(\d+)( skipped test)}{$1 . ($2 + $skipped) . $3}me or die "no skips\n";
s{^(\# Totals: pass:\d+ fail:)(\d+)(.* skip:)(\d+)}
 {$1 . ($2 + $failed) . $3 . ($4 + $skipped)}me or die "no totals\n";
print;
