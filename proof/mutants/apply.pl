#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
#
# Puts all mutants into one kernel tree, each behind a number that is chosen at
# boot (kcmp_mutant=N; 0: none of them) and can be changed while the kernel runs
# (/sys/module/kcmp/parameters/mutant).
#
#   apply.pl TREE FILE.edits...    edit the tree; print "N FILE/name PLACE" for
#                                  each: mutants of one place have its number
#
# A mutant is a stanza of lines "key: value", separated by empty lines:
#
#   name     what the mistake is; unique
#   file     the file in the tree
#   include  a header that it needs and the file has not (optional)
#   after    where to start to look: a text in the file (optional)
#   find     a text on one line; up to its last ";" a whole statement, or else
#            an expression
#   with     what stands there instead
#
# Mutants of the same place share their "find".
use strict;
use warnings;
use File::Basename;

my ($tree, @edits) = @ARGV;
my (@mutants, %places, %headers);

# What chooses, at the end of this file of the tree.
my $chooser_file = 'kernel/kcmp.c';
my $chooser = <<'END';

int kcmp_mutant __read_mostly;

static int __init kcmp_mutant_setup(char *s)
{
	return kstrtoint(s, 0, &kcmp_mutant);
}
early_param("kcmp_mutant", kcmp_mutant_setup);

#include <linux/moduleparam.h>
module_param_named(mutant, kcmp_mutant, int, 0644);
END

sub fail
{
	print STDERR "apply.pl: @_\n";
	exit 2;
}

sub read_file
{
	my ($path) = @_;

	open(my $in, '<', $path) or fail("cannot read $path: $!");
	local $/;
	return <$in>;
}

sub write_file
{
	my ($path, $text) = @_;

	open(my $out, '>', $path) or fail("cannot write $path: $!");
	print $out $text;
	close($out) or fail("cannot write $path: $!");
}

# Stanzas to @mutants, in order, which gives them their numbers.
sub parse
{
	my ($path) = @_;
	my $stanza = { where => $path };

	for my $line (split(/\n/, read_file($path)), '') {
		next if $line =~ /^#/;
		if ($line =~ /^(name|file|include|after|find|with): (.*)$/) {
			$stanza->{$1} = $2;
		} elsif ($line =~ /^with:$/) {
			$stanza->{with} = '';
		} elsif ($line eq '') {
			push(@mutants, $stanza) if $stanza->{name};
			$stanza = { where => $path };
		} else {
			fail("$path: cannot understand: $line");
		}
	}
}

# One text for all mutants of a place.
sub choice
{
	my ($find, @mutants) = @_;
	my $text;

	if ($find =~ /;$/) {
		$text = "{ $find }";
		$text = "if (kcmp_mutant == $_->{number}) { $_->{with} } else $text"
			for reverse @mutants;
		return "{ $text }";
	}
	$text = "($find)";
	$text = "(kcmp_mutant == $_->{number} ? ($_->{with}) : $text)"
		for reverse @mutants;
	return $text;
}

# Numbers the mutants, and sorts them by file and place.
sub number
{
	my %seen;

	for my $i (0 .. $#mutants) {
		my $m = $mutants[$i];

		for my $key (qw(name file find with)) {
			fail("$m->{where}: a mutant without $key")
				if !defined $m->{$key};
		}
		fail("$m->{where}: two mutants called $m->{name}")
			if $seen{$m->{name}}++;
		$m->{number} = $i + 1;
		push(@{$places{$m->{file}}{($m->{after} // '') .
					   "\0" . $m->{find}}}, $m);
		$headers{$m->{file}}{$m->{include}} = 1 if $m->{include};
	}
}

# The places of a file as [where, what, mutants], from its end on, so that no
# edit moves the next.
sub find_places
{
	my ($file, $text) = @_;
	my @found;

	for my $place (keys %{$places{$file}}) {
		my ($after, $find) = split(/\0/, $place, 2);
		my $from = $after eq '' ? 0 : index($text, $after);
		my $at = $from < 0 ? -1 : index($text, $find, $from);

		fail("$file: nowhere: $after ... $find") if $at < 0;
		push(@found, [$at, $find, $places{$file}{$place}]);
	}
	@found = sort { $b->[0] <=> $a->[0] } @found;
	for my $i (1 .. $#found) {
		fail("$file: overlapping: $found[$i][1] and $found[$i - 1][1]")
			if $found[$i][0] + length($found[$i][1]) > $found[$i - 1][0];
	}
	return @found;
}

# What goes before everything else in a file.
sub head
{
	my ($file) = @_;

	return join('', map { "#include <$_>\n" } sort keys %{$headers{$file}}) .
		"extern int kcmp_mutant;\n";
}

sub edit
{
	my ($file) = @_;
	my $text = read_file("$tree/$file");

	for my $place (find_places($file, $text)) {
		my ($at, $find, $here) = @$place;

		substr($text, $at, length($find)) = choice($find, @$here);
	}
	write_file("$tree/$file", head($file) . $text);
}

parse($_) for @edits;
number();
edit($_) for sort keys %places;
write_file("$tree/$chooser_file", read_file("$tree/$chooser_file") . $chooser);
for my $m (@mutants) {
	my $place = $places{$m->{file}}{($m->{after} // '') . "\0" . $m->{find}};

	print "$m->{number} ", basename($m->{where}, '.edits'), "/$m->{name} ",
		$place->[0]{number}, "\n";
}
