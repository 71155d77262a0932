# SPDX-License-Identifier: GPL-2.0
#
# Prints up to three names like "wanted": ids, or what they begin with, of the
# input's lines.
function distance(a, b,	i, j, la, lb, cost, least)
{
	la = length(a)
	lb = length(b)
	if (la - lb > limit || lb - la > limit)
		return limit + 1
	for (j = 0; j <= lb; j++)
		row[0, j] = j
	for (i = 1; i <= la; i++) {
		row[i, 0] = least = i
		for (j = 1; j <= lb; j++) {
			cost = row[i - 1, j - 1] + (substr(a, i, 1) != substr(b, j, 1))
			if (row[i - 1, j] + 1 < cost)
				cost = row[i - 1, j] + 1
			if (row[i, j - 1] + 1 < cost)
				cost = row[i, j - 1] + 1
			row[i, j] = cost
			if (cost < least)
				least = cost
		}
		if (least > limit)
			return limit + 1
	}
	return row[la, lb]
}

function try(name,	d, e, more)
{
	if (name in tried)
		return
	tried[name] = 1
	d = distance(wanted, name)
	# A name that begins nearly so, or has it inside, is as good.
	for (more = -1; more <= 1 && length(name) > length(wanted) + 1; more++) {
		e = distance(wanted, substr(name, 1, length(wanted) + more))
		d = e + 1 < d ? e + 1 : d
	}
	if (d > 2 && length(wanted) > 3 && index(name, wanted))
		d = 2
	if (d <= limit)
		names[d] = names[d] (names[d] == "" ? "" : " ") name
}

BEGIN {
	limit = int(length(wanted) / 3)
	if (limit > 8)
		limit = 8
}

{
	n = split($0, part, ".")
	name = ""
	for (i = 1; i <= n; i++) {
		name = name (i > 1 ? "." : "") part[i]
		try(name)
	}
}

END {
	for (d = 0; d <= limit; d++) {
		n = split(names[d], name_list, " ")
		for (i = 1; i <= n && found < 3; i++)
			line = line (found++ ? ", " : "") name_list[i]
	}
	if (line != "")
		print line
}
