# SPDX-License-Identifier: GPL-2.0
#
# harness.pl FILE.tap: what prove(1) makes of it: passed, failed, skipped.
use strict;
use warnings;
use TAP::Harness;

my $harness = TAP::Harness->new({ verbosity => -3, stdout => \*STDERR });
my $sum = $harness->runtests($ARGV[0]);
print 'wrong: ', join(' ', $sum->parse_errors), "\n" if $sum->parse_errors;
printf "%d %d %d\n", $sum->passed - $sum->skipped, scalar $sum->failed, scalar $sum->skipped;
