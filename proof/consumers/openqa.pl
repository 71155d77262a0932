# SPDX-License-Identifier: GPL-2.0
#
# openqa.pl FILE: reads run.sh's TAP with openQA's KTAP parser: passed, failed, and
# "-", for it leaves skipped tests out; then the groups (programs).
use strict;
use warnings;
use OpenQA::Parser 'parser';

my (%test, %group);
for my $result (@{parser(KTAP => $ARGV[0])->results->to_array}) {
	$group{$result->{result}}++;
	# Without a result of its own, a program's whole log is shown as one.
	for my $test (@{$result->{details}}) {
		$test{$test->{result}}++ unless $test->{text} =~ /^KTAP-[^-]*[.]txt$/;
	}
}
printf "%d %d - %d %d %d\n", $test{ok} // 0, $test{fail} // 0,
	$group{passed} // 0, $group{fail} // 0, $group{skip} // 0;
