# SPDX-License-Identifier: GPL-2.0
#
# Prints what checkpatch.pl --terse --show-types has found and no entry of "list"
# (checkpatch-allowed) explains, as far as it is of these "levels": a regular
# expression like ERROR|WARNING.
BEGIN {
	while ((getline line < list) > 0) {
		if (line ~ /^#/ || split(line, word) < 3)
			continue
		gsub(/\./, "\\.", word[2])
		gsub(/\*/, ".*", word[2])
		type[++n] = word[1]
		file[n] = "(^|/)" word[2] ":"
	}
}
match($0, " (" levels "):[A-Z_]+:") {
	what = substr($0, RSTART, RLENGTH - 1)
	sub(/.*:/, "", what)
	for (i = 1; i <= n; i++)
		if (type[i] == what && $1 ~ file[i])
			next
	print
}
