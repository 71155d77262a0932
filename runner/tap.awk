# SPDX-License-Identifier: GPL-2.0
#
# The TAP writer: turns what the programs print and how they end, here or in a
# guest, into nested TAP, and exits with the suite's status (0, 1, 3 or 4).
#
# The input is the programs' output, with these lines between ("mark" is a word
# that no program knows):
#
#   mark fact TEXT          about the machine; before the plan
#   mark plan N             how many results there will be; the first counts
#   mark expect NAME        one of them, in their order; what was never begun is
#                           reported as not run
#   mark begin NAME SECONDS the output of a program follows
#   mark limit SECONDS      the time that it has had in all
#   mark end NAME STATUS [WHAT]
#                           its exit status, or "timeout", or "died", and what
#                           is wrong with that
#   mark notrun NAME TEXT   a program that was not begun, and why
#   mark verdict NAME TEXT  a result that is no program's: bad unless "ok"
#   mark noverdict NAME TEXT
#                           nothing can be said of the kernel
#   mark alive              a guest has come to its /init; for the event
#   mark over               nothing more will come from the guest
#   mark done TIME          the end
#   mark stopped TEXT       the end before the end
#
# Programs that run side by side have their lines tagged "mark:N LINE", or
# "mark:N+ PART" for the beginning of one; they are reported in the order of N.
#
#   mark start TIME SUITE COMMAND
#                           when and how run.sh was started
#
# Events are told on stderr, if "events" is set: alive, begin NAME, end NAME,
# progress (a result line), over; of tagged lines "N progress" and "N end".  The end
# is always told: a line "failed PROGRAM ID REASON" for each
# failure (ID is - if it is not that of a test), a line "skipped COUNT REASON" for
# each reason, divided by tabs; then "total PASSED FAILED SKIPPED BAD-PROGRAMS".
#
# If "known" is set, it is the file of --known (known.awk): a failure that it names
# is passed on as "ok N ID # XFAIL REASON", and makes no program fail; a test that
# passes in spite of it as "ok N ID # XPASS REASON".  They are told at the end, too:
# "known PROGRAM ID REASON" and "unexpected PROGRAM ID REASON".
#
# If "results" is set, it is the name of a file that gets JSON lines as things
# happen (see results.sh); "host" is the name of this machine.  If "rules" is set, it is doc/behaviours.txt; the rows that a
# failed test asserts are quoted.  Needs json.awk, rules.awk and known.awk.
function wrong(what)
{
	if (contradiction == "")
		contradiction = what
}

function event(text)
{
	if (events) {
		print text > "/dev/stderr"
		fflush("/dev/stderr")
	}
}

function is_result(line)
{
	return line ~ /^(not )?ok [0-9]+/
}

# record LINE: one line for the file of results.
function record(line)
{
	if (results != "") {
		print "{" line "}" >> results
		fflush(results)
	}
}

function result(name, verdict, comment)
{
	record(json("type", "program") "," json("program", name) "," \
	       json("result", verdict == "ok" ? "pass" : verdict == "bad" ? \
		    "fail" : verdict) "," json("comment", comment) "," \
	       json("detail", contradiction))
	if (verdict == "bad" && !failed)
		add_failure(name, "-", comment contradiction_text())
	failed = 0
	contradiction = ""
	number++
	# Some readers take a result without that for none.
	if (!headed)
		print "# selftests: kcmp: " name
	headed = 0
	if (verdict == "ok")
		good++
	else if (verdict == "skip")
		skips++
	else if (verdict == "xfail")
		xfails++
	else
		bad++
	printf "%s %d selftests: kcmp: %s%s\n", verdict == "bad" ? "not ok" : "ok",
	       number, name, comment == "" ? "" : " # " comment
	fflush()
}

function contradiction_text()
{
	return contradiction == "" ? "" : ": " contradiction
}

function add_failure(program, id, why)
{
	failures[++failure_count] = program "\t" id "\t" why
}

# The result of one test, "ID" or "ID # SKIP REASON".
function test(name, is_failure,	why, verdict)
{
	why = ""
	verdict = is_failure ? "fail" : "pass"
	if (name ~ / # SKIP/) {
		why = name
		sub(/.* # SKIP ?/, "", why)
		skip_count[why]++
		verdict = is_failure ? "fail" : "skip"
	}
	if (match(name, / # X(FAIL|PASS) /)) {
		why = substr(name, RSTART + RLENGTH)
		verdict = name ~ / # XFAIL / ? "xfail" : "xpass"
		told[++told_count] = (verdict == "xfail" ? "known" : "unexpected") "\t" \
			running "\t" substr(name, 1, RSTART - 1) "\t" why
	}
	sub(/ # .*/, "", name)
	record(json("type", "test") "," json("program", running) "," \
	       json("id", name) "," json("result", verdict) "," \
	       json("reason", why) "," json("text", is_failure || verdict == "xfail" ? \
		    said : "") "," \
	       json("rule", is_failure ? rules_of(name) : "") "," \
	       json("kernel", kernel))
	if (is_failure) {
		add_failure(running, name, first_line(said))
		print_rules(name)
	}
	said = ""
}

function print_rules(id,	list, n, i)
{
	n = split(rules_of(id), list, "\n")
	for (i = 1; i <= n; i++)
		print "# # rule: " list[i]
	fflush()
}

# What a test says first, and what it asked then.
function first_line(text,	line, n)
{
	n = split(text, line, "\n")
	sub(/^[# ]+/, "", line[1])
	if (n > 1 && sub(/.*:kcmp[(]/, " kcmp(", line[2]))
		line[1] = line[1] line[2]
	return line[1]
}

# Collects what a test says before its result.
function collect(line)
{
	if (line ~ /^# +RUN /)
		said = ""
	else if (line !~ /^# +(OK|FAIL|SKIP) |^TAP version |^$/)
		said = said (said == "" ? "" : "\n") line
}

function begin(name, seconds)
{
	print "# timeout set to " seconds
	print "# selftests: kcmp: " name
	headed = 1
	limit = seconds
	contradiction = ""
	plan = -1
	planned_skip = count = failed = skipped = expected_failures = empty = 0
	said = ""
	running = name
	begun++
}

# One line of a program.
function read_line(line,	n)
{
	if (known != "" && is_result(line))
		line = with_known(line)
	print "# " line
	fflush()
	if (line ~ /^1\.\.[0-9]+/) {
		if (plan != -1)
			wrong("it has two plans")
		plan = substr(line, 4) + 0
		planned_skip = line ~ /# SKIP/
	} else if (is_result(line)) {
		count++
		n = line
		sub(/^(not )?ok /, "", n)
		if (n + 0 != count)
			wrong("result " n + 0 " came as number " count)
		if (line ~ /^not/)
			failed++
		else if (line ~ / # XFAIL /)
			expected_failures++
		else if (line ~ /# SKIP/)
			skipped++
		sub(/^[0-9]+ (- )?/, "", n)
		test(n, line ~ /^not/)
	} else if (line ~ /^Bail out!/) {
		wrong("it bailed out")
	} else {
		collect(line)
	}
}

# The result line of a test that is known to fail.
function with_known(line,	id, why)
{
	id = line
	sub(/^(not )?ok [0-9]+ (- )?/, "", id)
	if (id ~ / # /)
		return line
	why = known_reason(id)
	if (why == "")
		return line
	if (line ~ /^not /)
		return substr(line, 5) " # XFAIL " why
	return line " # XPASS " why
}

# Compares its results with how it ended.
function check_end(status)
{
	if (plan == -1)
		wrong("it has no plan")
	else if (count != plan)
		wrong("it has " count " results for a plan of " plan)
	else if (!plan && !planned_skip)
		wrong("nothing was run")
	else if (status == 0 && failed + expected_failures)
		wrong("it exits with 0 in spite of " failed + expected_failures " failures")
	else if (status == 0 && skipped == count)
		wrong("it exits with 0, but nothing passed")
	else if (status == 1 && !failed && !expected_failures)
		wrong("it exits with 1 without a failure")
	else if (status == 4 && skipped != count)
		wrong("it exits with 4, but not all was skipped")
}

function end(name, status, what)
{
	if (what != "")
		wrong(what)
	tests += count
	tests_failed += failed
	tests_skipped += skipped
	tests_known += expected_failures
	running = ""
	if (status ~ /^[0-9]+$/)
		check_end(status)
	if (contradiction != "")
		print "# " name ": " contradiction
	if (status == "timeout")
		result(name, "bad", "TIMEOUT " limit " seconds")
	else if (status == 0 && contradiction == "")
		result(name, "ok", "")
	else if (status == 1 && contradiction == "" && !failed)
		result(name, "xfail", "XFAIL")
	else if (status == 4 && contradiction == "")
		result(name, "skip", "SKIP")
	else
		result(name, "bad", "exit=" status)
}

# Programs that were expected, but never begun.
function end_missing()
{
	while (begun < expected)
		result(expect[++begun], "skip", "SKIP not run: " reason)
}

# mark_line LINE: a line that begins with the mark.
function mark_line(line,	word, rest)
{
	split(line, word, " ")
	rest = line
	sub(/^[^ ]+ [^ ]+ ?/, "", rest)
	if (word[2] == "fact") {
		fact(rest)
	} else if (word[2] == "start") {
		sub(/^[^ ]+ [^ ]+ ?/, "", rest)
		record(json("type", "begin") "," json("time", word[3]) "," \
		       json("command", rest) "," json("host", host))
		fact("suite: " word[4])
	} else if (word[2] == "plan") {
		if (!planned)
			print "1.." word[3]
		planned = word[3]
	} else if (word[2] == "expect") {
		expect[++expected] = word[3]
	} else if (word[2] == "begin") {
		begin(word[3], word[4])
	} else if (word[2] == "limit") {
		limit = word[3]
	} else if (word[2] == "end") {
		sub(/^[^ ]+ [^ ]+ ?/, "", rest)
		end(word[3], word[4], rest)
	} else if (word[2] == "notrun") {
		sub(/^[^ ]+ ?/, "", rest)
		result(word[3], "skip", "SKIP not run: " rest)
	} else if (word[2] == "verdict" || word[2] == "noverdict") {
		sub(/^[^ ]+ ?/, "", rest)
		verdict(word[2], word[3], rest)
	} else if (word[2] == "done" || word[2] == "stopped") {
		over = word[2]
		if (over == "done")
			end_time = rest
		else
			reason = rest
	}
	fflush()
	empty = 0
}

function fact(text,	name)
{
	print "# " text
	name = text
	sub(/:.*/, "", name)
	sub(/^[^:]*: ?/, "", text)
	if (name == "kernel" && text ~ /^Linux /) {
		kernel = text
		sub(/^Linux /, "", kernel)
		sub(/ .*/, "", kernel)
	}
	record(json("type", "fact") "," json("name", name) "," json("value", text))
}

function verdict(kind, name, text)
{
	reason = text
	end_missing()
	if (kind == "noverdict") {
		unknown++
		result(name, "bad", "no verdict: " text)
	} else {
		result(name, text == "ok" ? "ok" : "bad", text == "ok" ? "" : text)
		verdicts += text == "ok"	# nothing was tested by that
	}
}

# A line of the program that is reported, or a mark.  Each mark is on a line of
# its own, behind an empty one, whatever was before.
function handle(line)
{
	if (index(line, mark " ") == 1) {
		mark_line(line)
	} else if (running != "") {
		if (empty)
			read_line("")
		empty = line == ""
		if (!empty)
			read_line(line)
	}
}

# Events of a line that comes from a guest.
function tell_event(line,	word)
{
	if (index(line, mark " ") == 1) {
		split(line, word, " ")
		if (word[2] == "begin" || word[2] == "end")
			event(word[2] " " word[3])
		else if (word[2] == "alive" || word[2] == "over")
			event(word[2])
	} else if (is_result(line)) {
		event("progress")
	}
}

# A line of program number n.  Those of programs that are not at their turn are
# kept; those that come after the end are dropped.
function arrive(n, line,	is_end)
{
	is_end = index(line, mark " end ") == 1 || index(line, mark " notrun ") == 1
	if (ended[n])
		return
	ended[n] = is_end
	if (is_end)
		event(n " end")
	else if (is_result(line))
		event(n " progress")
	# A program that floods its output fails by its missing results.
	if (lines[n] < 200000 || is_end)
		kept[n, ++lines[n]] = line
	for (; lines[turn]; turn += ended[turn] && !lines[turn])
		report_kept(turn)
}

function report_kept(n,	i)
{
	for (i = 1; i <= lines[n]; i++) {
		handle(kept[n, i])
		delete kept[n, i]
	}
	lines[n] = 0
}

BEGIN {
	turn = 1
	reason = "run.sh has ended"
}

{
	sub(/\r+$/, "")
}

index($0, mark ":") == 1 {
	space = index($0, " ")
	n = substr($0, length(mark) + 2, space - length(mark) - 2)
	partial = sub(/\+$/, "", n)
	part[n] = part[n] substr($0, space + 1)
	if (!partial) {
		sub(/\r+$/, "", part[n])
		arrive(n + 0, part[n])
		delete part[n]
	}
	next
}

{
	tell_event($0)
	handle($0)
}

over {
	exit
}

END {
	if (over == "done") {
		if (running != "")
			end(running, "died", "")
		end_missing()
		while (number < planned)
			result("unknown", "bad", "missing")
	} else {
		print "Bail out! " reason
	}
	print "# Totals: pass:" good + 0 " fail:" bad + 0 \
	      " xfail:" xfails + 0 " xpass:0 skip:" skips + 0 " error:0"
	status = over != "done" ? 2 : bad > unknown ? 1 : unknown ? 3 : \
		 good + xfails > verdicts ? 0 : 4
	tests_passed = tests - tests_failed - tests_skipped - tests_known
	record(json("type", "end") ",\"passed\":" tests_passed \
	       ",\"failed\":" tests_failed + 0 ",\"skipped\":" tests_skipped + 0 "," \
	       json("reason", over == "done" ? "" : reason) "," json("time", end_time))
	if (results != "")
		close(results)
	for (i = 1; i <= failure_count; i++)
		print "failed\t" failures[i] > "/dev/stderr"
	for (why in skip_count)
		print "skipped\t" skip_count[why] "\t" why > "/dev/stderr"
	for (i = 1; i <= told_count; i++)
		print told[i] > "/dev/stderr"
	print "total", tests_passed, tests_failed + 0, \
	      tests_skipped + 0, bad + 0 > "/dev/stderr"
	exit status
}
