# SPDX-License-Identifier: GPL-2.0
#
# Puts "tag" before each line of a program, so that tap.awk can tell the lines of
# several programs apart, which they write to one pipe.  A write of up to 4096
# bytes is not divided by others; longer lines are passed on in parts, all but the
# last behind "tag+".
{
	while (length($0) > 3000) {
		print tag "+ " substr($0, 1, 3000)
		fflush()
		$0 = substr($0, 3001)
	}
	print tag " " $0
	fflush()
}
