# SPDX-License-Identifier: GPL-2.0
#
# JSON, as far as the file of results needs it: one object a line, whose values are
# strings and numbers.

# json NAME TEXT: a member that is a string.  Bytes that are not ASCII are taken
# as Latin-1, so that the result is valid whatever they are.
function json(name, text)
{
	return "\"" name "\":\"" json_escape(text) "\""
}

function json_escape(text,	i, c, escaped)
{
	if (text !~ /[^ -~]|["\\]/)
		return text
	if (!("a" in json_code))
		for (i = 1; i < 256; i++)
			json_code[sprintf("%c", i)] = i
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "\"" || c == "\\")
			escaped = escaped "\\" c
		else if (c == "\n")
			escaped = escaped "\\n"
		else if (c == "\t")
			escaped = escaped "\\t"
		else if (c < " " || c > "~")
			escaped = escaped sprintf("\\u%04x", json_code[c])
		else
			escaped = escaped c
	}
	return escaped
}

# json_value LINE NAME: the value of a member, or "".
function json_value(line, name,	at, c, value)
{
	at = index(line, "\"" name "\":")
	if (!at)
		return ""
	line = substr(line, at + length(name) + 3)
	if (line !~ /^"/) {
		sub(/[,}].*/, "", line)
		return line
	}
	if (match(line, /^"[^"\\]*"/))
		return substr(line, 2, RLENGTH - 2)
	for (at = 2; (c = substr(line, at, 1)) != "\"" && c != ""; at++) {
		if (c == "\\") {
			c = substr(line, ++at, 1)
			if (c == "n")
				c = "\n"
			else if (c == "t")
				c = "\t"
			else if (c == "u") {
				c = "?"
				at += 4
			}
		}
		value = value c
	}
	return value
}
