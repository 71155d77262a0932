# SPDX-License-Identifier: GPL-2.0
#
# Reads files of results (see results.sh) into arrays for html.awk.  A run is what
# follows a line "begin", numbered from 1; runs of the file that is read while "old"
# is 1 are for comparison only (is_old).  A line that was cut off is left out.
# Needs json.awk.
function new_run()
{
	run = ++run_count
	is_old[run] = old + 0
	if (!old)
		runs[++run_total] = run
	else
		old_runs[++old_total] = run
}

# Cuts off what a run left unfinished that was killed: the next one's line follows.
function whole_line(line,	at)
{
	at = index(line, "{\"type\":\"begin\"")
	if (at > 1) {
		line = substr(line, at)
		cut_lines++
	}
	if (line ~ /^[{]"type":.*[}]$/)
		return line
	if (line !~ /^[ \t]*$/)
		cut_lines++
	return ""
}

function read_fact(name, value,	word, n)
{
	facts[run] = facts[run] name ": " value "\n"
	if (name == "kernel" && value ~ /^Linux /) {
		n = split(value, word, " ")
		run_release[run] = word[2]
		run_arch[run] = word[n]
	} else if (name == "kernel") {
		reports[run] = reports[run] value "\n"
	} else if (name == "console") {
		last_words[run] = last_words[run] value "\n"
	} else {
		run_fact[run, name] = value
	}
}

# A program's name without the user that it ran as.
function base_program(name)
{
	sub(/_as_[^_]*$/, "", name)
	return name
}

# The order in which results of several users or repetitions count.
function weight(result)
{
	return result == "fail" ? 5 : result == "xfail" ? 4 : result == "xpass" ? 3 : \
	       result == "pass" ? 2 : result == "skip" ? 1 : 0
}

function read_test(line,	id, result, program)
{
	id = json_value(line, "id")
	result = json_value(line, "result")
	program = json_value(line, "program")
	tests_seen[run]++
	if (!old && !(id in program_of)) {
		program_of[id] = base_program(program)
		ids[++id_count] = id
	} else if (old && !(id in old_seen)) {
		old_seen[id] = 1
		old_ids[++old_id_count] = id
	}
	if (match(program, /_as_[^_]*$/) && index(users_of[run] ", ", ", " \
	    substr(program, RSTART + 4) ", ") == 0)
		users_of[run] = users_of[run] ", " substr(program, RSTART + 4)
	if (weight(result) <= weight(result_of[run, id]))
		return
	result_of[run, id] = result
	if (result == "skip" || result ~ /^x/)
		reason_of[run, id] = json_value(line, "reason")
	if (result == "fail" || result == "xfail") {
		text_of[run, id] = json_value(line, "text")
		failed_in[run, id] = program
	}
}

# A failure that no test had, or no verdict.
function read_program(line,	name, result, comment, detail)
{
	name = json_value(line, "program")
	result = json_value(line, "result")
	comment = json_value(line, "comment")
	detail = json_value(line, "detail")
	if (comment ~ /^no verdict/) {
		no_verdict[run] = comment
		sub(/^no verdict:? */, "", no_verdict[run])
	} else if (result == "fail" && (detail != "" || comment !~ /^exit=1$/)) {
		troubles[run] = troubles[run] name ": " comment \
				(detail == "" ? "" : ": " detail) "\n"
	}
}

{
	line = whole_line($0)
	if (line == "")
		next
	type = json_value(line, "type")
	if (type == "begin" || !run_count || is_old[run] != old + 0)
		new_run()
	if (type == "begin") {
		run_begin[run] = json_value(line, "time")
		run_command[run] = json_value(line, "command")
		run_fact[run, "host"] = json_value(line, "host")
	} else if (type == "fact") {
		read_fact(json_value(line, "name"), json_value(line, "value"))
	} else if (type == "test") {
		read_test(line)
	} else if (type == "program") {
		read_program(line)
	} else if (type == "end") {
		ended[run] = 1
		run_end[run] = json_value(line, "time")
		end_reason[run] = json_value(line, "reason")
	}
}

# --- what is said of a run ---------------------------------------------------------

# Counts results, once for each test.
function count_results(	i, n, id)
{
	for (n = 1; n <= run_total; n++)
		for (i = 1; i <= id_count; i++)
			if ((runs[n], ids[i]) in result_of)
				count[runs[n], result_of[runs[n], ids[i]]]++
}

# verdict RUN: good, bad or none; why is in verdict_why[RUN].
function verdict(r)
{
	if (count[r, "fail"]) {
		verdict_why[r] = plural(count[r, "fail"], "test") " failed"
		return "bad"
	} else if (troubles[r] != "") {
		verdict_why[r] = first_line(troubles[r])
		return "bad"
	} else if (no_verdict[r] != "") {
		verdict_why[r] = no_verdict[r]
	} else if (end_reason[r] != "") {
		verdict_why[r] = end_reason[r]
	} else if (!ended[r]) {
		verdict_why[r] = "the results end before the run did"
	} else if (!count[r, "pass"] && !count[r, "xfail"] && !count[r, "xpass"]) {
		verdict_why[r] = count[r, "skip"] ? "everything was skipped" : \
				 "no test was run"
	} else {
		return "good"
	}
	return "none"
}

# The name of a run's kernel: its release, or the file that was to be booted.
function kernel_name(r,	name)
{
	if (r in run_release)
		return run_release[r]
	name = kernel_image(r)
	sub(/.*\//, "", name)
	sub(/^vmlinu[xz]-/, "", name)
	return name == "" ? "unknown kernel" : name
}

# The image that it was booted from, or "".
function kernel_image(r,	text)
{
	text = run_command[r]
	if (!sub(/.* --kernel[ =]/, "", text))
		return ""
	sub(/ .*/, "", text)
	return text
}

function plural(n, word)
{
	return n " " word (n == 1 ? "" : "s")
}

function first_line(text)
{
	sub(/\n.*/, "", text)
	return text
}

# Seconds of a time like 2026-11-24T20:46:32Z, from some day on.
function seconds_of(time,	part, y, m)
{
	if (split(time, part, /[-T:Z]/) < 6)
		return 0
	y = part[1]
	m = part[2]
	if (m <= 2) {
		y--
		m += 12
	}
	return (365 * y + int(y / 4) - int(y / 100) + int(y / 400) + \
		int((153 * (m - 3) + 2) / 5) + part[3]) * 86400 + \
	       part[4] * 3600 + part[5] * 60 + part[6]
}

# How long a run took, or "".
function duration(r,	s)
{
	if (run_end[r] == "" || run_begin[r] == "")
		return ""
	s = seconds_of(run_end[r]) - seconds_of(run_begin[r])
	return s < 60 ? s " s" : int(s / 60) " min " s % 60 " s"
}
