# SPDX-License-Identifier: GPL-2.0
#
# Reads doc/behaviours.txt, whose name is "rules": which row says what, and which
# tests assert it.  Row number i is row_list[i]; row_class, row_sentence and
# row_section tell about a row.
function rules_load(	line, row, sentence, section, glob, part)
{
	rules_loaded = 1
	while (rules != "" && (getline line < rules) > 0) {
		split(line, part, "\t")
		if (line ~ /^[A-Z][-A-Za-z0-9]*\t[MADI]\t/) {
			row = part[1]
			sentence = part[3]
			row_list[++row_count] = row
			row_class[row] = part[2]
			row_sentence[row] = sentence
			row_section[row] = section
		} else if (line ~ /^\t[+] /) {
			glob = substr(part[2], 3)
			gsub(/[.]/, "[.]", glob)
			gsub(/[*]/, ".*", glob)
			rule_glob[++rule_count] = "^" glob "$"
			rule_row[rule_count] = row
			rule_text[rule_count] = row " " sentence
		} else if (line ~ /^# --- /) {
			section = line
			gsub(/^# -+ | -+$/, "", section)
		} else if (line ~ /^\t! /) {
			rule_note[row] = rule_note[row] "    but: " substr(part[2], 3) "\n"
		}
	}
	close(rules)
}

# rules_of ID: the rows that a test asserts, "ROW SENTENCE", one a line.
function rules_of(id,	i, list, last)
{
	if (!rules_loaded)
		rules_load()
	for (i = 1; i <= rule_count; i++)
		if (rule_row[i] != last && id ~ rule_glob[i]) {
			list = list (list == "" ? "" : "\n") rule_text[i]
			last = rule_row[i]
		}
	return list
}
