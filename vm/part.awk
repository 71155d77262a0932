# SPDX-License-Identifier: GPL-2.0
#
# Between one of several guests for the same kernel and the TAP writer (tap.awk):
# tags the lines of each program with its number, so that all are reported in the
# usual order, and tells the events that guest_follow() waits for on stderr.
#
# "mark" is as in tap.awk.  "order" is a file with a line "NUMBER NAME" for each
# program of this guest; "missing" gets those that were never begun.  What the
# guest tells of itself is passed on if "first" is 1.
function event(text)
{
	print text > "/dev/stderr"
	fflush("/dev/stderr")
}

# A write of up to 4096 bytes is not divided by others, as in tag.awk.
function put(line)
{
	while (length(line) > 3000) {
		printf "%s", mark ":" number "+ " substr(line, 1, 3000) "\n"
		fflush()
		line = substr(line, 3001)
	}
	printf "%s", mark ":" number " " line "\n"
	fflush()
}

function begin(name)
{
	number = waiting[name, ++begun[name]]
	if (number == "")
		return
	delete name_of[number]
	event("begin " name)
	put($0)
}

function end(name)
{
	if (number == "")
		return
	put($0)
	event("end " name)
	number = ""
}

BEGIN {
	while ((getline line < order) > 0) {
		split(line, word, " ")
		waiting[word[2], ++count[word[2]]] = word[1]
		name_of[word[1]] = word[2]
	}
}

{
	sub(/\r+$/, "")
}

index($0, mark " ") == 1 {
	if ($2 == "begin")
		begin($3)
	else if ($2 == "end")
		end($3)
	else if ($2 == "alive" || $2 == "over")
		event($2)
	else if (first && number == "") {
		printf "%s", "\n" $0 "\n"
		fflush()
	}
	next
}

number != "" {
	put($0)
	if (/^(not )?ok [0-9]+/)
		event("progress")
}

END {
	printf "" > missing
	for (number in name_of)
		print number, name_of[number] > missing
	close(missing)
}
