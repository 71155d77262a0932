# SPDX-License-Identifier: GPL-2.0
#
# Makes TAP 14 of a file of results: a subtest for each program, within one for each
# kernel if there are several.  Needs json.awk and cases.awk.
function escape(text)
{
	gsub(/\\/, "&&", text)
	gsub(/#/, "\\#", text)
	gsub(/[^ -~]/, "?", text)
	return text
}

function quoted(text)
{
	gsub(/\\/, "&&", text)
	gsub(/"/, "\\\"", text)
	gsub(/[^ -~]/, "?", text)
	return "\"" text "\""
}

# The diagnostics of a failure, a YAML block.
function print_block(indent, c,	line, n, i)
{
	print indent "  ---"
	print indent "  message: " quoted(case_message[c])
	if (case_text[c] != "") {
		# The lines are two columns in, and may begin with blanks.
		print indent "  text: |2-"
		n = split(case_text[c], line, "\n")
		for (i = 1; i <= n; i++) {
			gsub(/[^\t -~]/, "?", line[i])
			print indent "    " line[i]
		}
	}
	print indent "  ..."
}

# A case that is a program needs another name than the subtest: kunit.py takes a
# result of that name for the end of the subtest.
function case_title(s, c)
{
	return escape(case_name[c]) (case_name[c] == suite_name[s] ? " as a whole" : "")
}

function print_case(indent, number, s, c,	kind)
{
	kind = case_kind[c]
	print indent (kind == "fail" || kind == "error" ? "not ok " : "ok ") number \
	      " - " case_title(s, c) \
	      (kind == "skip" ? " # SKIP " case_message[c] : "")
	if (kind == "fail" || kind == "error")
		print_block(indent, c)
}

function print_suite(indent, number, s,	c, n)
{
	print indent "# Subtest: " escape(suite_name[s])
	n = last[s] - first[s] + 1
	print indent "    1.." n
	for (c = first[s]; c <= last[s]; c++)
		print_case(indent "    ", c - first[s] + 1, s, c)
	print indent (suite_bad[s] ? "not ok " : "ok ") number " - " \
	      escape(suite_name[s]) (sum[s, "skip"] == n ? " # SKIP" : "")
}

function print_facts(indent, r,	line, n, i)
{
	n = split(run_facts[r], line, "\n")
	for (i = 1; i < n; i++) {
		sub(/\t/, ": ", line[i])
		gsub(/[^ -~]/, "?", line[i])
		print indent "# " line[i]
	}
}

# Returns whether the run is bad.
function print_run(indent, r,	s, n, number, is_bad)
{
	print_facts(indent, r)
	for (s = 1; s <= suites; s++)
		n += suite_run[s] == r
	print indent "1.." n + 0
	for (s = 1; s <= suites; s++) {
		if (suite_run[s] != r)
			continue
		print_suite(indent, ++number, s)
		is_bad = is_bad || suite_bad[s]
	}
	return is_bad
}

END {
	print "TAP version 14"
	if (runs == 1) {
		print_run("", 1)
	} else {
		print "1.." runs
		for (r = 1; r <= runs; r++) {
			print "# Subtest: kernel " escape(run_kernel[r])
			is_bad = print_run("    ", r)
			print (is_bad ? "not ok " : "ok ") r " - kernel " escape(run_kernel[r])
		}
	}
}
