# SPDX-License-Identifier: GPL-2.0
#
# Reads the file of --known, whose name is "known": lines "ID|GLOB REASON"; empty
# lines and those that begin with # are left out.
function known_load(	line, glob)
{
	known_loaded = 1
	while ((getline line < known) > 0) {
		if (line ~ /^[ \t]*(#|$)/)
			continue
		sub(/^[ \t]+/, "", line)
		glob = line
		sub(/[ \t].*/, "", glob)
		sub(/^[^ \t]+[ \t]+/, "", line)
		gsub(/[^ -~]/, "?", line)
		gsub(/[.]/, "[.]", glob)
		gsub(/[?]/, ".", glob)
		gsub(/[*]/, ".*", glob)
		known_glob[++known_count] = "^" glob "$"
		known_text[known_count] = line
	}
	close(known)
}

# known_reason ID: why it fails, or "".  The first line that names it counts.
function known_reason(id,	i)
{
	if (!known_loaded)
		known_load()
	for (i = 1; i <= known_count; i++)
		if (id ~ known_glob[i])
			return known_text[i]
	return ""
}
