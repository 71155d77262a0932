# SPDX-License-Identifier: GPL-2.0
#
# Passes one program's TAP on as nested TAP, and prints on stderr what it adds
# up to: plan results failed skipped contradiction.
function wrong(what)
{
	if (contradiction == "")
		contradiction = what
}

BEGIN {
	plan = -1
}

{
	sub(/\r+$/, "")
	print "# " $0
	fflush()
}

/^1\.\.[0-9]+/ {
	if (plan != -1)
		wrong("it has two plans")
	plan = substr($1, 4) + 0
	if (/# SKIP/)
		planned_skip = 1
}

/^ok [0-9]+/ || /^not ok [0-9]+/ {
	results++
	number = $1 == "ok" ? $2 : $3
	if (number != results)
		wrong("result " number " came as number " results)
	if ($1 != "ok")
		failed++
	else if (/# SKIP/)
		skipped++
}

/^Bail out!/ {
	wrong("it bailed out")
}

END {
	if (plan == -1)
		wrong("it has no plan")
	else if (results + 0 != plan)
		wrong("it has " results + 0 " results for a plan of " plan)
	else if (!plan && !planned_skip)
		wrong("nothing was run")
	print plan, results + 0, failed + 0, skipped + 0, contradiction > "/dev/stderr"
}
