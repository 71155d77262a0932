# SPDX-License-Identifier: GPL-2.0
#
# Reads a file of results (see results.sh) for the scripts that make another form of
# it.  They find in the variables, from their END on:
#
#   runs, run_kernel[r], run_facts[r] (lines NAME TAB VALUE), run_time[r]
#   suites, suite_run[s], suite_name[s] (the program), suite_bad[s], suite_comment[s],
#   first[s] and last[s], its cases
#   cases, case_name[c], case_kind[c] (pass, skip, fail or error), case_message[c],
#   case_text[c], case_rule[c], case_ms[c]
#   sum[s, KIND], how many cases of a kind a suite has
#
# A test is a case.  So is a program without tests (the guest); a failure that no
# test had (a crash, a timeout, a wrong plan, a guest that died); and the end of a
# run before its time, which is an error, like a guest without a verdict: whatever
# reads only this form must not take it for good.  Needs json.awk.
function first_line(text)
{
	sub(/\n.*/, "", text)
	sub(/^[# ]+/, "", text)
	return text
}

function add_run()
{
	runs++
	run_kernel[runs] = run_facts[runs] = ""
	ended = 0
}

function add_suite(name)
{
	if (!runs)
		add_run()
	suites++
	suite_run[suites] = runs
	suite_name[suites] = name
	suite_bad[suites] = 0
	suite_comment[suites] = ""
	first[suites] = cases + 1
	last[suites] = cases
	open = 1
}

# Makes a suite the current one; it is a new one unless it is that already.
function choose_suite(name)
{
	if (!open || suite_name[suites] != name)
		add_suite(name)
}

function add_case(name, kind, message, text)
{
	cases++
	last[suites] = cases
	case_name[cases] = name
	case_kind[cases] = kind
	case_message[cases] = message
	case_text[cases] = text
	sum[suites, kind]++
	if (kind == "fail" || kind == "error")
		suite_bad[suites] = 1
}

function end_program(name, result, comment, detail)
{
	choose_suite(name)
	if (comment ~ /^no verdict/)
		add_case(name, "error", comment, "")
	else if (result == "fail" && !suite_bad[suites])
		add_case(name, "fail", comment (detail == "" ? "" : ": " detail), detail)
	else if (last[suites] < first[suites])
		add_case(name, result, result == "skip" ? skip_reason(comment) : comment, "")
	suite_comment[suites] = comment
	open = 0
}

# SKIP is the mark of a skip in TAP.
function skip_reason(comment)
{
	sub(/^SKIP ?/, "", comment)
	return comment
}

# A failure of --known counts as a skip, what passes in spite of it as a pass.
function case_kind_of(result)
{
	return result == "xfail" ? "skip" : result == "xpass" ? "pass" : result
}

# The end of a run, for a reason unless it is the right one.
function end_run(reason)
{
	if (!runs)
		add_run()
	if (reason != "") {
		add_suite("run.sh")
		add_case("run", "error", reason, "")
	}
	open = 0
	ended = 1
}

# The last line may have been cut off.
!/}$/ {
	next
}

{
	type = json_value($0, "type")
}

type == "begin" {
	if (runs && !ended)
		end_run(cut_off)
	add_run()
	run_time[runs] = json_value($0, "time")
}

type == "fact" {
	fact_name = json_value($0, "name")
	fact_value = json_value($0, "value")
	if (!runs)
		add_run()
	run_facts[runs] = run_facts[runs] fact_name "\t" fact_value "\n"
	if (fact_name == "kernel" && split(fact_value, word, " ") > 1)
		run_kernel[runs] = word[2]
}

type == "test" {
	choose_suite(json_value($0, "program"))
	result = json_value($0, "result")
	text = json_value($0, "text")
	rule = json_value($0, "rule")
	add_case(json_value($0, "id"), case_kind_of(result), result == "skip" ? \
		 json_value($0, "reason") : result == "xfail" ? \
		 "XFAIL " json_value($0, "reason") : first_line(text), \
		 text (rule == "" ? "" : "\nrule: " rule))
	case_ms[cases] = json_value($0, "ms")
}

type == "program" {
	end_program(json_value($0, "program"), case_kind_of(json_value($0, "result")), \
		    json_value($0, "comment"), json_value($0, "detail"))
}

type == "end" {
	end_run(json_value($0, "reason"))
}

BEGIN {
	cut_off = "the results end in the middle of the run"
}

END {
	if (!ended)
		end_run(runs ? cut_off : "no results")
}
