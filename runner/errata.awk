# SPDX-License-Identifier: GPL-2.0
#
# Reads doc/errata, whose name is "errata": errata_of[ROW] is the paragraphs about a
# row of doc/behaviours.txt, indented.
function errata_load(	line, paragraph)
{
	while (errata != "" && (getline line < errata) > 0) {
		if (line ~ /^ *$/) {
			errata_add(paragraph)
			paragraph = ""
		} else {
			paragraph = paragraph "      " line "\n"
		}
	}
	errata_add(paragraph)
}

# A paragraph ends with the rows that it is about: [M15, EPTR-08].
function errata_add(paragraph,	rows, row, n, i)
{
	if (paragraph !~ /\[[^][]*\]\n$/)
		return
	rows = paragraph
	sub(/.*\[/, "", rows)
	n = split(rows, row, /[^-A-Za-z0-9]+/)
	for (i = 1; i <= n; i++)
		errata_of[row[i]] = errata_of[row[i]] paragraph
}
