# SPDX-License-Identifier: GPL-2.0
#
# Reads what "gcov -b -c" makes of kernel/kcmp.c and fs/eventpoll.c, and prints
# the lines and branches that were not reached; of the latter file only what is
# there for kcmp().  Exits with 1 when one is not in the file "reasons"
# ("FILE: some words of the line: why", as many branches as it has).

function reason_of(text,    i)
{
	for (i = 1; i <= excuses; i++)
		if (file == where[i] && index(text, words[i])) {
			used[i] = 1
			return why[i]
		}
	return ""
}

function unreached(what)
{
	reason = reason_of(source)
	if (reason == "")
		missing++
	else
		excused++
	printf "%s:%d: %s%s%s\n", file, number, what, source,
	       reason == "" ? "" : "	(" reason ")"
}

BEGIN {
	while ((getline line <reasons) > 0)
		if (line !~ /^#/ && split(line, part, ": ") >= 3) {
			where[++excuses] = part[1]
			words[excuses] = part[2]
			why[excuses] = substr(line, length(part[1] part[2]) + 5)
		}
}

FNR == 1 {
	file = FILENAME
	sub(/\.gcov$/, "", file)
	relevant = file == "kcmp.c"
}

/^ *[-#=0-9]+\*?: *[0-9]+:/ {
	count = $0
	sub(/:.*/, "", count)
	gsub(/[ *]/, "", count)
	number = $0
	sub(/^[^:]*: */, "", number)
	sub(/:.*/, "", number)
	source = $0
	sub(/^[^:]*:[^:]*:[ \t]*/, "", source)
}

file == "eventpoll.c" && /:static .*ep_find_tfd\(/ { relevant = 1 }
file == "eventpoll.c" && /:#endif .*CONFIG_KCMP/ { relevant = 0 }
!relevant { next }

/^ *[-#=0-9]+\*?: *[0-9]+:/ {
	if (count == "-")
		next
	lines++
	if (count ~ /^[#=]/)
		unreached("")
}

/^branch / && count !~ /^[#=]/ {
	branches++
	if ($0 ~ /taken 0|never executed/)
		unreached("branch " $2 + 0 " of " )
}

END {
	for (i = 1; i <= excuses; i++)
		if (!used[i]) {
			printf "no such line, or reached: %s: %s\n", where[i], words[i]
			missing++
		}
	printf "%d lines, %d branches: %d not reached, with a reason; %d without\n",
	       lines, branches, excused, missing
	exit missing > 0
}
