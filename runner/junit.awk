# SPDX-License-Identifier: GPL-2.0
#
# Makes JUnit XML of a file of results: a test suite for each program on each
# kernel.  Needs json.awk and cases.awk.
function xml(text)
{
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	gsub(/"/, "\\&quot;", text)
	gsub(/[^\n\t -~]/, "?", text)
	return text
}

function attribute(name, text)
{
	text = xml(text)
	gsub(/\n/, "\\&#10;", text)
	return " " name "=\"" text "\""
}

function seconds(ms)
{
	return ms == "" ? "" : attribute("time", sprintf("%.3f", ms / 1000))
}

function print_case(program, c,	kind, line)
{
	kind = case_kind[c]
	line = "    <testcase" attribute("classname", program) \
	       attribute("name", case_name[c]) seconds(case_ms[c])
	if (kind == "fail" || kind == "error") {
		kind = kind == "fail" ? "failure" : "error"
		print line "><" kind attribute("message", case_message[c]) ">" \
		      xml(case_text[c]) "</" kind "></testcase>"
	} else if (kind == "skip") {
		print line "><skipped" attribute("message", case_message[c]) "/></testcase>"
	} else {
		print line "/>"
	}
}

function print_properties(facts,	line, n, i, at)
{
	if (facts == "")
		return
	print "    <properties>"
	n = split(facts, line, "\n")
	for (i = 1; i < n; i++) {
		at = index(line[i], "\t")
		print "      <property" attribute("name", substr(line[i], 1, at - 1)) \
		      attribute("value", substr(line[i], at + 1)) "/>"
	}
	print "    </properties>"
}

# The time of a suite, if all its cases that ran tell theirs.
function suite_ms(s,	c, ms)
{
	ms = 0
	for (c = first[s]; c <= last[s]; c++) {
		if (case_ms[c] == "" && case_kind[c] != "skip")
			return ""
		ms += case_ms[c]
	}
	return ms
}

function print_suite(s,	kernel, c)
{
	kernel = run_kernel[suite_run[s]]
	print "  <testsuite" attribute("name", suite_name[s] \
	      (kernel == "" ? "" : " on " kernel)) \
	      attribute("tests", last[s] - first[s] + 1) \
	      attribute("failures", sum[s, "fail"] + 0) \
	      attribute("errors", sum[s, "error"] + 0) \
	      attribute("skipped", sum[s, "skip"] + 0) seconds(suite_ms(s)) ">"
	print_properties(run_facts[suite_run[s]])
	for (c = first[s]; c <= last[s]; c++)
		print_case(suite_name[s], c)
	print "  </testsuite>"
}

END {
	print "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>"
	for (s = 1; s <= suites; s++)
		print_suite(s)
	print "</testsuites>"
}
