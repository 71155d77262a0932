#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
#
# seccomp_filter.pl TYPE,TYPE... COMMAND...: runs a command under a seccomp filter that
# refuses kcmp() with EPERM for these types, as some containers do.  x86_64.
use strict;
use warnings;

my @types = split /,/, shift;
my ($load, $equal, $return) = (0x20, 0x15, 0x06);
my ($allow, $eperm) = (0x7fff0000, 0x00050001);
my @code = (
	[$load, 0, 0, 0],		# the number of the system call
	[$equal, 0, @types + 1, 312],
	[$load, 0, 0, 32],		# its third argument
	(map { [$equal, @types - $_, 0, $types[$_]] } 0 .. $#types),
	[$return, 0, 0, $allow],
	[$return, 0, 0, $eperm],
);
my $code = join '', map { pack 'SCCL', @$_ } @code;
my $program = pack 'Sx6P', scalar @code, $code;

# prctl(): PR_SET_NO_NEW_PRIVS; PR_SET_SECCOMP, SECCOMP_MODE_FILTER.
syscall(157, 38, 1, 0, 0, 0) and die "seccomp_filter.pl: no_new_privs: $!\n";
syscall(157, 22, 2, $program, 0, 0) and die "seccomp_filter.pl: seccomp: $!\n";
exec @ARGV or die "seccomp_filter.pl: $ARGV[0]: $!\n";
