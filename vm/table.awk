# SPDX-License-Identifier: GPL-2.0
#
# Compares the TAP of several kernels, a file each: a row for each test whose
# result is not the same everywhere, a column for each kernel, and totals.
FNR == 1 {
	kernel++
}

/^# (not )?ok [0-9]+ / {
	verdict = /^# not/ ? "FAILED" : / # SKIP/ ? "skip" : "ok"
	name = $0
	sub(/^# (not )?ok [0-9]+ /, "", name)
	sub(/ # .*/, "", name)
	# The same test by several users, or several times: the worst counts.
	if (seen[name, kernel] != "FAILED" && !(seen[name, kernel] == "skip" && verdict == "ok"))
		seen[name, kernel] = verdict
	if (!(name in number)) {
		number[name] = ++names
		list[names] = name
		if (length(name) > width)
			width = length(name)
	}
	count[verdict, kernel]++
}

/^not ok [0-9]+ selftests: kcmp: guest # no verdict/ {
	no_boot[kernel] = 1
}

function row(title, cells,	i, line, cell)
{
	split(cells, cell, SUBSEP)
	line = sprintf("%-" width "s", title)
	for (i = 1; i <= kernel; i++)
		line = line sprintf(" %7s", cell[i])
	print line
}

END {
	for (i = 1; i <= kernel; i++)
		head = head "[" i "]" SUBSEP
	row("", head)
	for (n = 1; n <= names; n++) {
		cells = first = ""
		differs = 0
		for (i = 1; i <= kernel; i++) {
			verdict = seen[list[n], i] == "" ? "-" : seen[list[n], i]
			cells = cells verdict SUBSEP
			if (no_boot[i])
				continue
			if (first == "")
				first = verdict
			differs += verdict != first
		}
		if (differs || verdict == "FAILED")
			row(list[n], cells)
	}
	split("ok FAILED skip", verdicts, " ")
	split("passed failed skipped", titles, " ")
	for (v = 1; v <= 3; v++) {
		cells = ""
		for (i = 1; i <= kernel; i++)
			cells = cells (no_boot[i] ? v == 1 ? "no boot" : "-" : \
				       count[verdicts[v], i] + 0) SUBSEP
		row(titles[v], cells)
	}
}
