# SPDX-License-Identifier: GPL-2.0
#
# Explains each test of the lines "PROGRAM ID": the rules that it asserts, what the
# manual page says otherwise, and how to run it.  "errata" is doc/errata, "again"
# is run.sh and its options, "bin" the directory of the programs.  Needs rules.awk,
# errata.awk and suspects.awk.

# Prints places in the kernel, one a line, with the mutants of a test there.
function print_places(id, title,	n, i, place)
{
	n = split(suspects_of(id), place, "\n")
	for (i = 1; i < n; i++)
		print title place[i] ": " suspect_names[id, place[i]]
}

# Where a mistake turns the test red, or those of the same rules.
function print_suspects(id, rows,	other, i, shown)
{
	if (suspects_of(id) != "") {
		print_places(id, "  broken by:   a mistake in ")
		return
	}
	if (!suspects_known) {
		print "  broken by:   unknown: no proof/mutants/seen_by (UPDATE=1 make mutants)"
		return
	}
	print "  broken by:   no mutant was seen by this test first"
	for (i = 1; i <= suspect_count && shown < 3; i++) {
		other = suspect_list[i]
		if (!shares_rule(other, rows))
			continue
		shown++
		print "    by " other ", of the same rule:"
		print_places(other, "      a mistake in ")
	}
}

# Whether one of the rules " ROW ROW " is that of a test, too.
function shares_rule(id, rows,	i)
{
	for (i = 1; i <= rule_count; i++)
		if (index(rows, " " rule_row[i] " ") && id ~ rule_glob[i])
			return 1
	return 0
}

BEGIN {
	errata_load()
}

{
	if (NR > 1)
		print ""
	print $2 " (" $1 ")"
	rows = " "
	n = split(rules_of($2), rule, "\n")
	for (i = 1; i <= n; i++) {
		row = rule[i]
		sub(/ .*/, "", row)
		rows = rows row " "
		print "  rule: " rule[i]
		if (row in rule_note)
			printf "%s", rule_note[row]
		if (row in errata_of && printed[errata_of[row]] != $2) {
			printf "    doc/errata:\n%s", errata_of[row]
			printed[errata_of[row]] = $2
		}
	}
	print_suspects($2, rows)
	print "  alone:       " again " -r " $2
	print "  in a guest:  ./run.sh --kernel IMAGE -r " $2
	print "  strace:      strace -f -e trace=kcmp " bin "/" $1 " -r " $2
}
