# SPDX-License-Identifier: GPL-2.0
#
# Prints for each case its program, its id, and LAVA's word for the result.  Needs
# json.awk and cases.awk of runner/.
function name(text)
{
	gsub(/[^a-zA-Z0-9._-]/, "_", text)
	return text
}

END {
	word["pass"] = "pass"
	word["fail"] = "fail"
	word["skip"] = "skip"
	word["error"] = "unknown"
	for (s = 1; s <= suites; s++)
		for (c = first[s]; c <= last[s]; c++)
			print name(suite_name[s]), name(case_name[c]), word[case_kind[c]]
}
