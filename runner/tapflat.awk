# SPDX-License-Identifier: GPL-2.0
#
# Makes TAP 13 without nesting of a file of results: a line for each case, "PROGRAM
# ID", behind "KERNEL: " if there are several; diagnostics come before.  Needs
# json.awk and cases.awk.
function plain(text)
{
	gsub(/[^\t -~]/, "?", text)
	return text
}

function name_of(s, c,	name)
{
	name = suite_name[s] (case_name[c] == suite_name[s] ? "" : " " case_name[c])
	if (runs > 1)
		name = run_kernel[suite_run[s]] ": " name
	gsub(/#/, "?", name)
	return plain(name)
}

function print_text(text,	line, n, i)
{
	n = split(text, line, "\n")
	for (i = 1; i <= n; i++)
		print (line[i] ~ /^#/ ? "" : "# ") plain(line[i])
}

END {
	print "TAP version 13\n1.." cases
	for (s = 1; s <= suites; s++)
		for (c = first[s]; c <= last[s]; c++) {
			kind = case_kind[c]
			is_bad = kind == "fail" || kind == "error"
			if (is_bad)
				print_text(case_text[c] == "" ? case_message[c] : case_text[c])
			print (is_bad ? "not ok " : "ok ") c " - " name_of(s, c) \
			      (kind == "skip" ? " # SKIP " plain(case_message[c]) : "")
		}
}
