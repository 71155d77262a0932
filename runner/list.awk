# SPDX-License-Identifier: GPL-2.0
#
# Prints for each line "PROGRAM ID" the id, the program, and the first rule that
# the test asserts, divided by tabs.  Needs rules.awk.
{
	rule = rules_of($2)
	sub(/\n.*/, "", rule)
	print $2 "\t" $1 "\t" rule
}
