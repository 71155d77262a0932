# SPDX-License-Identifier: GPL-2.0
#
# Explains each test of the lines "PROGRAM ID": the rules that it asserts, what the
# manual page says otherwise, and how to run it.  "errata" is doc/errata, "again"
# is run.sh and its options, "bin" the directory of the programs.  Needs rules.awk
# and errata.awk.
BEGIN {
	errata_load()
}

{
	if (NR > 1)
		print ""
	print $2 " (" $1 ")"
	n = split(rules_of($2), rule, "\n")
	for (i = 1; i <= n; i++) {
		row = rule[i]
		sub(/ .*/, "", row)
		print "  rule: " rule[i]
		if (row in rule_note)
			printf "%s", rule_note[row]
		if (row in errata_of && printed[errata_of[row]] != $2) {
			printf "    doc/errata:\n%s", errata_of[row]
			printed[errata_of[row]] = $2
		}
	}
	print "  alone:       " again " -r " $2
	print "  in a guest:  ./run.sh --kernel IMAGE -r " $2
	print "  strace:      strace -f -e trace=kcmp " bin "/" $1 " -r " $2
}
