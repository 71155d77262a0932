# SPDX-License-Identifier: GPL-2.0
#
# Judges the programs: turns what they print and how they end, here or in a
# guest, into nested TAP, and exits with the suite's status (0, 1 or 4).
#
# The input is the programs' output, with these lines between ("mark" is a word
# that no program knows):
#
#   mark fact TEXT          something about the machine; before the plan
#   mark plan N             how many results there will be; the first counts
#   mark begin NAME SECONDS the output of a program follows
#   mark end NAME STATUS [WHAT]
#                           its exit status, or "timeout", or "died", and what
#                           is wrong with that
#   mark verdict NAME TEXT  a result that is no program's: bad unless "ok"
#   mark over               nothing more will come from the guest
#   mark done               the end; without it, something went wrong
#
# What happens is told on stderr, if "events" is set: alive (the first mark),
# begin NAME, end NAME, over.  The last line there is always "total PASSED FAILED
# SKIPPED BAD-PROGRAMS".
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

function result(name, verdict, comment)
{
	number++
	if (verdict == "ok")
		good++
	else if (verdict == "skip")
		skips++
	else
		bad++
	printf "%s %d selftests: kcmp: %s%s\n", verdict == "bad" ? "not ok" : "ok",
	       number, name, comment == "" ? "" : " # " comment
	fflush()
}

function begin(name, seconds)
{
	print "# timeout set to " seconds
	print "# selftests: kcmp: " name
	limit = seconds
	contradiction = ""
	plan = -1
	planned_skip = results = failed = skipped = 0
	running = name
}

# One line of a program.
function hear(line,	number)
{
	print "# " line
	fflush()
	if (line ~ /^1\.\.[0-9]+/) {
		if (plan != -1)
			wrong("it has two plans")
		plan = substr(line, 4) + 0
		planned_skip = line ~ /# SKIP/
	} else if (line ~ /^(not )?ok [0-9]+/) {
		results++
		number = line
		sub(/^(not )?ok /, "", number)
		if (number + 0 != results)
			wrong("result " number + 0 " came as number " results)
		if (line ~ /^not/)
			failed++
		else if (line ~ /# SKIP/)
			skipped++
	} else if (line ~ /^Bail out!/) {
		wrong("it bailed out")
	}
}

# What its results and its end contradict each other in.
function cross_examine(status)
{
	if (plan == -1)
		wrong("it has no plan")
	else if (results != plan)
		wrong("it has " results " results for a plan of " plan)
	else if (!plan && !planned_skip)
		wrong("nothing was run")
	else if (status == 0 && failed)
		wrong("it exits with 0 in spite of " failed " failures")
	else if (status == 0 && skipped == results)
		wrong("it exits with 0, but nothing passed")
	else if (status == 1 && !failed)
		wrong("it exits with 1 without a failure")
	else if (status == 4 && skipped != results)
		wrong("it exits with 4, but not all was skipped")
}

function end(name, status, what)
{
	if (what != "")
		wrong(what)
	tests += results
	tests_failed += failed
	tests_skipped += skipped
	running = ""
	if (status ~ /^[0-9]+$/)
		cross_examine(status)
	if (contradiction != "")
		print "# " name ": " contradiction
	if (status == "timeout")
		result(name, "bad", "TIMEOUT " limit " seconds")
	else if (status == 0 && contradiction == "")
		result(name, "ok", "")
	else if (status == 4 && contradiction == "")
		result(name, "skip", "SKIP")
	else
		result(name, "bad", "exit=" status)
}

{
	sub(/\r+$/, "")
}

$1 == mark {
	if (!heard++)
		event("alive")
	rest = $0
	sub(/^[^ ]+ [^ ]+ ?/, "", rest)
	if ($2 == "fact") {
		print "# " rest
	} else if ($2 == "plan") {
		if (!planned)
			print "1.." $3
		planned = $3
	} else if ($2 == "begin") {
		begin($3, $4)
		event("begin " $3)
	} else if ($2 == "end") {
		sub(/^[^ ]+ [^ ]+ ?/, "", rest)
		end($3, $4, rest)
		event("end " $3)
	} else if ($2 == "verdict") {
		sub(/^[^ ]+ ?/, "", rest)
		result($3, rest == "ok" ? "ok" : "bad", rest == "ok" ? "" : rest)
		verdicts += rest == "ok"	# nothing was tested by that
	} else if ($2 == "over") {
		event("over")
	} else if ($2 == "done") {
		done = 1
		exit
	}
	fflush()
	empty = 0
	next
}

# A guest starts each of its marks on a line of its own, whatever was before.
running != "" {
	if (empty)
		hear("")
	empty = $0 == ""
	if (!empty)
		hear($0)
}

END {
	if (running != "")
		end(running, "died", "")
	while (done && number < planned)
		result("nothing", "bad", "missing")
	print "# Totals: pass:" good + 0 " fail:" bad + 0 \
	      " xfail:0 xpass:0 skip:" skips + 0 " error:0"
	print "total", tests - tests_failed - tests_skipped, tests_failed + 0, \
	      tests_skipped + 0, bad + 0 > "/dev/stderr"
	exit !done ? 2 : bad ? 1 : good > verdicts ? 0 : 4
}
