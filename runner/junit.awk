# SPDX-License-Identifier: GPL-2.0
#
# Makes JUnit XML of a file of results (see tap.awk): a test suite for each program
# on each kernel, a test case for each test.  Needs json.awk.
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

function first_line(text)
{
	sub(/\n.*/, "", text)
	sub(/^[# ]+/, "", text)
	return text
}

# add_case NAME KIND MESSAGE TEXT: KIND is pass, skip, fail or error.
function add_case(name, kind, message, text,	line)
{
	line = "    <testcase" attribute("classname", program) attribute("name", name)
	tests++
	if (kind == "fail") {
		failures++
		line = line "><failure" attribute("message", message) ">" \
		       xml(text) "</failure></testcase>"
	} else if (kind == "error") {
		errors++
		line = line "><error" attribute("message", message) "/></testcase>"
	} else if (kind == "skip") {
		skipped++
		line = line "><skipped" attribute("message", message) "/></testcase>"
	} else {
		line = line "/>"
	}
	cases = cases line "\n"
}

function end_suite()
{
	if (tests)
		print "  <testsuite" attribute("name", program \
		      (kernel == "" ? "" : " on " kernel)) attribute("tests", tests) \
		      attribute("failures", failures + 0) attribute("errors", errors + 0) \
		      attribute("skipped", skipped + 0) ">\n" \
		      (properties == "" ? "" : "    <properties>\n" properties \
		      "    </properties>\n") cases "  </testsuite>"
	cases = ""
	tests = failures = errors = skipped = 0
}

# A failure that no test had: a crash, a timeout, a wrong plan, a guest that died.
function end_program(result, comment, detail)
{
	program = json_value($0, "program")
	if (comment ~ /^no verdict/)
		add_case(program, "error", comment, "")
	else if (result == "fail" && !failures)
		add_case(program, "fail", comment (detail == "" ? "" : ": " detail), detail)
	else if (!tests)
		add_case(program, result, comment, "")
	end_suite()
}

BEGIN {
	print "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>"
}

{
	type = json_value($0, "type")
}

type == "begin" {
	properties = kernel = ""
}

type == "fact" {
	name = json_value($0, "name")
	value = json_value($0, "value")
	properties = properties "      <property" attribute("name", name) \
		     attribute("value", value) "/>\n"
	if (name == "kernel" && split(value, word, " ") > 1)
		kernel = word[2]
}

type == "test" {
	program = json_value($0, "program")
	result = json_value($0, "result")
	text = json_value($0, "text")
	rule = json_value($0, "rule")
	add_case(json_value($0, "id"), result, result == "skip" ? \
		 json_value($0, "reason") : first_line(text), \
		 text (rule == "" ? "" : "\nrule: " rule))
}

type == "program" {
	end_program(json_value($0, "result"), json_value($0, "comment"), \
		    json_value($0, "detail"))
}

END {
	end_suite()
	print "</testsuites>"
}
