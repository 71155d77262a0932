# SPDX-License-Identifier: GPL-2.0
#
# Puts "tag" before each line of a program, so that tap.awk can tell the lines of
# several programs apart, which they write to one pipe.  A write of up to 4096
# bytes is not divided by others: a line is one string, for mawk writes each string
# by itself; longer lines are passed on in parts, all but the last behind "tag+".
{
	while (length($0) > 3000) {
		printf "%s", tag "+ " substr($0, 1, 3000) "\n"
		fflush()
		$0 = substr($0, 3001)
	}
	printf "%s", tag " " $0 "\n"
	fflush()
}
