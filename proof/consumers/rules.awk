# SPDX-License-Identifier: GPL-2.0
#
# What readers that are in no package make of run.sh's output, by their published
# rules; "reader" says which.  Prints how many tests passed, failed and were skipped,
# then the same for programs.  A name that comes twice is an error: readers that
# keep one result for each name would lose one.
#
#   lkft      automated/linux/kselftest/parse-output.py of Linaro/test-definitions
#             (LAVA, LKFT, KernelCI, tuxrun): "# selftests: " begins a program, whose
#             name is put before those of its tests; "not ok N NAME" anywhere in a
#             line is a failure, "ok N NAME # SKIP ..." a skip, other "ok N NAME" a
#             pass; what is not of A-Za-z0-9_- becomes "_"
#   nipa      contest/remote/lib/results.py of linux-netdev/nipa: tests are looked
#             for from "# TAP version " on, as long as lines begin with "# "; the
#             name ends at "#", a directive that begins with "skip" is a skip
#   lkp       programs/kselftests/parse of intel/lkp-tests: "# " as often as the
#             level is deep, then "ok N NAME" or "not ok N NAME"
#   ktap      Documentation/dev-tools/ktap.rst: a program's own results, two levels
#             apart by "# ": SKIP with ok or not ok is a skip
function slug(text, kept)
{
	gsub("[^A-Za-z0-9" kept "]+", reader == "nipa" ? "-" : "_", text)
	gsub(/^[_-]+|[_-]+$/, "", text)
	return text
}

# seen NAME PASSED|FAILED|SKIPPED LEVEL
function seen(name, verdict, level)
{
	name = slug(program " " name, reader == "nipa" ? "" : "_-")
	if (count[name]++)
		print "twice: " name
	sum[level, verdict]++
}

function verdict_of(line)
{
	if (line ~ /^not ok /)
		return reader == "ktap" && line ~ /# SKIP/ ? "skipped" : "failed"
	return line ~ /# *[Ss][Kk][Ii][Pp]/ ? "skipped" : "passed"
}

# A result without what is before it.
function result(line, level,	name)
{
	name = line
	sub(/^(not )?ok [0-9]+ (- )?/, "", name)
	# A reason for a skip is part of the name for this one.
	if (reader == "lkft" && line !~ /^not/)
		sub(/# SKIP/, "", name)
	else
		sub(/ *# .*/, "", name)
	if (level == "program")
		program = "outer"
	seen(name, verdict_of(line), level)
}

/^# selftests: / {
	program = $NF
}

reader == "nipa" && nested && !/^# / {
	nested = 0
}

reader == "nipa" && !nested && /^# TAP version / {
	nested = 1
	next
}

/^(not )?ok [0-9]+ selftests: / {
	result($0, "program")
	next
}

reader == "lkft" && /(not )?ok [0-9]+ / {
	match($0, /(not )?ok [0-9]+ /)
	result(substr($0, RSTART), "test")
}

(reader == "nipa" && nested || reader == "lkp" || reader == "ktap") && /^# (not )?ok [0-9]+ / {
	result(substr($0, 3), "test")
}

END {
	print sum["test", "passed"] + 0, sum["test", "failed"] + 0, sum["test", "skipped"] + 0,
	      sum["program", "passed"] + 0, sum["program", "failed"] + 0,
	      sum["program", "skipped"] + 0
}
