# SPDX-License-Identifier: GPL-2.0
#
# The kernel functions that can break a test: those in which a mutant was that this
# test saw first when "make mutants" ran ("mutants" is proof/mutants).  seen_by has
# lines "FILE/NAME PROGRAM ID"; FILE.edits tells where a mutant is.
function suspects_load(	line, part)
{
	suspects_loaded = 1
	while (mutants != "" && (getline line < (mutants "/seen_by")) > 0) {
		if (line ~ /^#/ || split(line, part, " ") < 3)
			continue
		suspects_known = 1
		suspects_read_edits(part[1])
		suspects_add(part[3], part[1])
	}
}

# Reads the file of a mutant, FILE/NAME.
function suspects_read_edits(mutant,	base, file, line, name, where)
{
	base = mutant
	sub(/\/.*/, "", base)
	if (base in suspects_read)
		return
	suspects_read[base] = 1
	file = mutants "/" base ".edits"
	while ((getline line < file) > 0) {
		if (sub(/^name: /, "", line))
			name = base "/" line
		else if (sub(/^file: /, "", line))
			mutant_file[name] = line
		else if (sub(/^after: /, "", line))
			mutant_function[name] = function_in(line, mutant_file[name])
	}
	close(file)
}

# function_in TEXT FILE: the function that a line of the source belongs to, or "".
function function_in(text, file)
{
	if (sub(/^SYSCALL_DEFINE[0-9]\(/, "", text)) {
		sub(/[^a-z_0-9].*/, "", text)
		return "the system call " text "()"
	}
	if (text ~ /^(static|struct|int|bool|long|void|__latent_entropy) /) {
		sub(/\(.*/, "", text)
		sub(/.*[ *]/, "", text)
		return text "()"
	}
	return file == "kernel/kcmp.c" ? "the system call kcmp()" : ""
}

function suspects_add(id, mutant,	place, name)
{
	place = mutant_function[mutant]
	place = (place == "" ? "" : place " in ") mutant_file[mutant]
	name = mutant
	sub(/^[^\/]*\//, "", name)
	if (place == "")
		return
	if (!(id in suspect_places))
		suspect_list[++suspect_count] = id
	if (!((id, place) in suspect_names)) {
		suspect_places[id] = suspect_places[id] place "\n"
		suspect_names[id, place] = name
	} else {
		suspect_names[id, place] = suspect_names[id, place] " " name
	}
}

# suspects_of ID: the places, one a line; suspect_names[ID, PLACE] is the mutants.
function suspects_of(id)
{
	if (!suspects_loaded)
		suspects_load()
	return id in suspect_places ? suspect_places[id] : ""
}
