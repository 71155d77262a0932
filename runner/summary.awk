# SPDX-License-Identifier: GPL-2.0
#
# The end of a run, for people: reads the lines "failed", "skipped", "known" and
# "unexpected" of tap.awk, and prints each failed test with its first line of reason and the command that
# runs it again ("again" is run.sh and its options), then the reasons of skips with
# what would help.  Needs cure.awk.
BEGIN {
	FS = "\t"
}

$1 == "failed" && ++failed <= 20 {
	print "failed: " $2 ($3 == "-" ? "" : ": " $3)
	if ($4 != "")
		print "    " substr($4, 1, 300)
	if ($3 != "-")
		print "    again: " again " -r " $3
}

$1 == "known" && ++known <= 20 {
	print "known to fail: " $2 ": " $3 ": " $4
}

$1 == "unexpected" {
	print "passed, but is known to fail: " $2 ": " $3 ": " $4
}

$1 == "skipped" {
	count[$3] = $2
}

# Prints the reason with the highest count, and forgets it.
function print_most(	reason, most)
{
	for (reason in count)
		if (most == "" || count[reason] > count[most] ||
		    count[reason] == count[most] && reason < most)
			most = reason
	printf "    %4d: %s%s\n", count[most], most == "" ? "(no reason)" : most,
	       cure(most) == "" ? "" : "; try: " cure(most)
	delete count[most]
	for (reason in count)
		return 1
	return 0
}

END {
	if (failed > 20)
		print "and " failed - 20 " more failures"
	if (known > 20)
		print "and " known - 20 " more known failures"
	for (reason in count)
		any = 1
	if (any) {
		print "skipped:"
		while (print_most())
			;
	}
}
