# SPDX-License-Identifier: GPL-2.0
#
# Passes the TAP of run.sh through, and writes it as JUnit XML to the file "out":
# a test suite for each program (of each kernel), a test case for each test.
function xml(text)
{
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	gsub(/"/, "\\&quot;", text)
	gsub(/[^\t -~]/, "?", text)
	return text
}

function add_case(name, verdict, why,	line)
{
	line = "    <testcase name=\"" xml(name) "\""
	tests++
	if (verdict == "not ok") {
		failures++
		line = line "><failure message=\"" xml(why) "\">" xml(said) "</failure></testcase>"
	} else if (verdict == "skip") {
		skipped++
		line = line "><skipped message=\"" xml(why) "\"/></testcase>"
	} else {
		line = line "/>"
	}
	cases = cases line "\n"
	said = ""
}

function end_suite(name)
{
	suites = suites "  <testsuite name=\"" xml(name) "\" tests=\"" tests + 0 \
		"\" failures=\"" failures + 0 "\" skipped=\"" skipped + 0 "\">\n" \
		cases "  </testsuite>\n"
	cases = ""
	tests = failures = skipped = 0
}

{
	print
	fflush()
	line = $0
	sub(/^(# )+/, "", line)
}

line ~ /^(not )?ok [0-9]+ / {
	verdict = line ~ /^not/ ? "not ok" : line ~ /# SKIP/ ? "skip" : "ok"
	name = line
	sub(/^(not )?ok [0-9]+ /, "", name)
	why = name ~ / # / ? name : "failed"
	sub(/.* # (SKIP )?/, "", why)
	sub(/ # .*/, "", name)
	if (name ~ /^selftests: /) {
		sub(/.*: /, "", name)
		# A failure that no test had: a crash, a time-out, a wrong plan.
		if (verdict == "not ok" && !failures || !tests)
			add_case(name, verdict, why)
		end_suite(name)
	} else if (name !~ /^kernel: /) {
		add_case(name, verdict, why)
	}
	next
}

line ~ /^ RUN / {
	said = ""
	next
}

{
	said = said line "\n"
}

END {
	print "<?xml version=\"1.0\" encoding=\"UTF-8\"?>" > out
	print "<testsuites>\n" suites "</testsuites>" > out
	if (close(out))
		exit 1
}
