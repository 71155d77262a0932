# SPDX-License-Identifier: GPL-2.0
#
# Prints a page, well-formed as XML too, about what html_read.awk has read: one file
# without scripts and without anything from elsewhere.  "rules" is
# doc/behaviours.txt, "errata" doc/errata, "mutants" proof/mutants, "css" html.css.
# Needs json.awk, rules.awk, errata.awk, suspects.awk, cure.awk, html_read.awk.
function html(text)
{
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	gsub(/"/, "\\&quot;", text)
	gsub(/[^\n\t -~]/, "?", text)
	return text
}

function code(text)
{
	return "<code>" html(text) "</code>"
}

# A line of a description list.
function item(name, text)
{
	return text == "" ? "" : "<dt>" name "</dt><dd>" text "</dd>"
}

function details(summary, text, is_open, attributes)
{
	return "<details" attributes (is_open ? " open=\"open\"" : "") "><summary>" \
	       summary "</summary>\n" text "</details>\n"
}

# --- kernels ----------------------------------------------------------------------

# A link to the n-th kernel of the page.
function kernel_link(n)
{
	return "<a href=\"#k" n "\">[" n "] " html(kernel_name(runs[n])) "</a>"
}

function kernel_links(list,	n, i, part, text)
{
	n = split(list, part, " ")
	for (i = 1; i <= n; i++)
		text = text (i > 1 ? ", " : "") kernel_link(part[i])
	return text
}

function verdict_text(r)
{
	return is_good[r] == "good" ? "<span aria-hidden=\"true\">&#10003;</span> good" : \
	       is_good[r] == "bad" ? "<span aria-hidden=\"true\">&#10007;</span> bad" : \
	       "<span aria-hidden=\"true\">?</span> no verdict"
}

function count_text(r)
{
	return count[r, "fail"] + 0 " failed, " count[r, "pass"] + count[r, "xpass"] + 0 \
	       " passed, " count[r, "skip"] + 0 " skipped" \
	       (count[r, "xfail"] ? ", " count[r, "xfail"] " known failures" : "") \
	       (count[r, "xpass"] ? ", " count[r, "xpass"] " passed unexpectedly" : "")
}

# What the kernel's configuration lacks, as far as tests were skipped for it.
function config_gaps(r,	i, why, text, seen)
{
	for (i = 1; i <= id_count; i++) {
		why = reason_of[r, ids[i]]
		while (match(why, /CONFIG_[A-Z0-9_]+/)) {
			if (index(text " ", substr(why, RSTART, RLENGTH) " ") == 0)
				text = text " " substr(why, RSTART, RLENGTH)
			why = substr(why, RSTART + RLENGTH)
		}
	}
	return text
}

function user_text(r,	text)
{
	text = run_fact[r, "user"]
	sub(/ CapEff=.*/, "", text)
	sub(/^uid=0 gid=0$/, "root", text)
	if (text == "" && is_guest(r) && tests_seen[r])
		text = "root"
	return text users_of[r]
}

function is_guest(r)
{
	return (r, "guest") in run_fact || kernel_image(r) != ""
}

# QEMU, and whether it emulates; how that was found out is in the facts.
function accelerator(r,	text)
{
	text = run_fact[r, "guest"]
	sub(/, as found out .*/, "", text)
	sub(/ tcg$/, ", emulated (tcg)", text)
	return text
}

function time_text(time)
{
	sub(/T/, " ", time)
	sub(/(:[0-9][0-9])?Z$/, " UTC", time)
	return time
}

function card(n,	r, why)
{
	r = runs[n]
	why = verdict_why[r]
	print "<article class=\"card " is_good[r] "\" id=\"k" n "\">"
	print "<h3>[" n "] Linux " html(kernel_name(r)) "</h3>"
	print "<p class=\"verdict\">" verdict_text(r) "</p>"
	if (is_good[r] == "none" || troubles[r] != "")
		print "<p><strong>" html(why) "</strong></p>"
	print "<p>" count_text(r) "</p>\n<dl>" item("architecture", html(run_arch[r])) \
	      item("where", is_guest(r) ? "in a guest" : "on the machine itself") \
	      item("accelerator", html(accelerator(r))) \
	      item("user", html(user_text(r))) \
	      item("started", html(time_text(run_begin[r]))) item("duration", duration(r)) \
	      item("suite", suites > 1 ? html(run_fact[r, "suite"]) : "") \
	      item("lacks", html(config_gaps(r))) "</dl>"
	printf "%s</article>\n", details("Command and facts", "<pre>" \
		html(run_command[r] "\n" facts[r]) "</pre>\n", 0)
}

# --- what broke -------------------------------------------------------------------

# The row of a test that fewest tests assert: the one that says most of it.
function main_row(id,	list, part, n, i, best)
{
	n = split(rows_of[id], part, " ")
	for (i = 1; i <= n; i++)
		if (best == "" || tests_of_row[part[i]] < tests_of_row[best])
			best = part[i]
	return best
}

# The rows that a test asserts, their ids only.
function rows_only(id,	list, part, n, i, text)
{
	n = split(rules_of(id), part, "\n")
	for (i = 1; i <= n; i++) {
		sub(/ .*/, "", part[i])
		text = text (i > 1 ? " " : "") part[i]
	}
	return text
}

# The numbers of the kernels on which a test had this result.
function kernels_with(id, result,	n, text)
{
	for (n = 1; n <= run_total; n++)
		if (result_of[runs[n], id] == result)
			text = text " " n
	return text
}

# Finds in the text of a failure what was asked, expected and answered.
function read_failure(text,	line, n, i, at, more)
{
	asked = expected = answered = asked_by = place = says = ""
	wrong_answers = 0
	n = split(text, line, "\n")
	for (i = 1; i <= n; i++) {
		sub(/^[# \t]+/, "", line[i])
		if (match(line[i], /^[A-Za-z0-9_]+\.[ch]:[0-9]+:[^: ]*:/)) {
			at = substr(line[i], 1, RLENGTH)
			sub(/:[^:]*:$/, "", at)
			line[i] = substr(line[i], RLENGTH + 1)
			place = place == "" ? at : place
		}
		more = asked != "" && !is_closed(asked) && line[i] !~ /^asked by/
		if (line[i] ~ /^Expected '.*' == '.*'\.?$/) {
			wrong_answers++
			if (expected == "" && says == "") {
				expected = answered = line[i]
				sub(/^Expected '/, "", expected)
				sub(/' == '.*/, "", expected)
				sub(/.*' == '/, "", answered)
				sub(/'\.?$/, "", answered)
			}
		} else if (sub(/^answered: /, "", line[i])) {
			answered = line[i]
		} else if (sub(/^expected: /, "", line[i])) {
			expected = line[i]
		} else if (line[i] ~ /^allowed: .*; the first: / && expected == "") {
			expected = answered = line[i]
			sub(/^allowed: /, "", expected)
			sub(/;.*/, "", expected)
			sub(/.*; the first: /, "", answered)
		} else if (line[i] ~ /^kcmp\(/ && asked == "") {
			asked = line[i]
		} else if (more) {
			asked = asked " " line[i]
		} else if (line[i] ~ /^asked by/ && asked_by == "") {
			asked_by = line[i]
		} else if (line[i] !~ /Test failed$|^kcmp\(|^asked by|^$/ && says == "") {
			says = line[i]
		}
	}
	if (expected == "" && match(asked, /: expected .*, answered /)) {
		expected = substr(asked, RSTART + 11, RLENGTH - 22)
		answered = substr(asked, RSTART + RLENGTH)
		asked = substr(asked, 1, RSTART - 1)
	}
}

# Whether all parentheses of a text are closed.
function is_closed(text,	copy)
{
	copy = text
	return gsub(/\(/, "", text) <= gsub(/\)/, "", copy)
}

function failure_table(text)
{
	read_failure(text)
	return "<dl class=\"asked\">" \
	       item("Asked", asked == "" ? "" : code(asked) (asked_by == "" ? "" : \
		    " <span class=\"muted\">(" html(asked_by) ")</span>")) \
	       item("Expected", html(expected)) \
	       item("Answered", answered == "" ? "" : "<span class=\"answered\">" \
		    html(answered) "</span>") \
	       item("Says", html(says)) \
	       item("Where", place == "" ? "" : code(place) (wrong_answers < 2 ? "" : \
		    ", the first of " wrong_answers " wrong answers")) "</dl>\n"
}

function quoted(text)
{
	if (text ~ /^[A-Za-z0-9_.\/+:@-]+$/)
		return text
	gsub(/'/, "'\\''", text)
	return "'" text "'"
}

# The tag of a release, as git bisect takes it, or what stands for it.
function tag(release, otherwise)
{
	return match(release, /^[0-9]+\.[0-9]+(\.[0-9]+)?/) ? \
	       "v" substr(release, 1, RLENGTH) : otherwise
}

# version RELEASE: a number by which releases can be compared.
function version(release,	part)
{
	split(release, part, /[^0-9]/)
	return part[1] * 1000000 + part[2] * 1000 + part[3]
}

# The newest kernel before this run's on which a test passed, or "".
function last_good(id, r,	n, best, v)
{
	for (n = 1; n <= run_total; n++) {
		v = version(run_release[runs[n]])
		if (result_of[runs[n], id] == "pass" && v && v < version(run_release[r]) && \
		    (best == "" || v > version(best)))
			best = run_release[runs[n]]
	}
	return best
}

function commands(id, r,	image, text)
{
	image = kernel_image(r)
	text = "./run.sh " (image == "" ? "" : "--kernel " image append_text(r) " ") "-r " quoted(id)
	if (image == "")
		text = text "\n./run.sh --kernel IMAGE -r " quoted(id)
	return text "\n# in a kernel tree:\ngit bisect start " tag(run_release[r], "BAD") " " \
	       tag(last_good(id, r), "GOOD") " -- kernel/kcmp.c fs kernel security\n" \
	       "git bisect run /path/to/run.sh --bisect --build -r " quoted(id)
}

# The option --append of a run, as it was given.
function append_text(r,	text)
{
	text = run_command[r]
	if (!match(text, / --append[ =]([^ \\]|\\.)*/))
		return ""
	return substr(text, RSTART, RLENGTH)
}

# A failing test: what each kernel answered, those together that answered the same.
function failure(id,	n, r, text, list, i, kinds, kind, of_kind, first)
{
	list = kernels_with(id, "fail")
	n = split(list, nth, " ")
	for (i = 1; i <= n; i++) {
		text = text_of[runs[nth[i]], id]
		gsub(/0x[0-9a-f]+|[0-9]+/, "N", text)
		if (!(text in of_kind)) {
			kind[++kinds] = text
			first[text] = nth[i]
		}
		of_kind[text] = of_kind[text] " " nth[i]
	}
	print "<article class=\"failure\" id=\"t" number_of[id] "\">"
	print "<h4>" code(id) " <span class=\"muted\">(" html(program_of[id]) ")</span></h4>"
	for (i = 1; i <= kinds; i++) {
		text = text_of[runs[first[kind[i]]], id]
		print (run_total > 1 ? "<p>On " kernel_links(of_kind[kind[i]]) "</p>" : "") \
		      failure_table(text) \
		      details("Everything it printed", "<pre>" html(text) "</pre>\n", 0)
	}
	list = kernels_with(id, "pass")
	if (list != "")
		print "<p>Passes on " kernel_links(list) "</p>"
	printf "%s</article>\n", details("Commands to run and bisect it", "<pre>" \
		html(commands(id, runs[nth[1]])) "</pre>\n", 0)
}

function class_text(row)
{
	return row_class[row] == "M" ? "a sentence of kcmp(2)" : \
	       row_class[row] == "A" ? "documented elsewhere" : \
	       row_class[row] == "D" ? "relied upon by user space" : "an implementation detail"
}

function row_title(row)
{
	return row == "" ? "Tests of no behaviour" : row ": " row_sentence[row]
}

# The places in the kernel whose mutants the failed tests of a group have seen.
function group_suspects(list,	n, part, i, m, j, place, seen, text)
{
	n = split(list, part, " ")
	for (i = 1; i <= n; i++) {
		m = split(suspects_of(ids[part[i]]), place, "\n")
		for (j = 1; j < m; j++)
			if (!(place[j] in seen)) {
				seen[place[j]]
				text = text (text == "" ? "" : "; ") place[j]
			}
	}
	return text
}

function group(row,	n, part, i, note, suspects)
{
	n = split(broken[row], part, " ")
	print "<details class=\"group\" id=\"b" row "\" open=\"open\"><summary><h3>" \
	      html(row_title(row)) " <span class=\"muted\">(" plural(n, "test") \
	      ")</span></h3></summary>"
	if (row != "") {
		note = rule_note[row]
		gsub(/ +but: |\n$/, "", note)
		print "<p class=\"muted\">This is " class_text(row) "." \
		      (note == "" ? "" : " The manual page is wrong or silent: " \
		       html(note) ".") "</p>"
	}
	if (row in errata_of)
		print details("doc/errata", "<pre>" html(errata_of[row]) "</pre>\n", 0)
	suspects = group_suspects(broken[row])
	if (suspects != "")
		print "<p>Suspects: " html(suspects) \
		      ". <span class=\"muted\">(Mistakes put there were seen by these tests.)</span></p>"
	for (i = 1; i <= n; i++)
		failure(ids[part[i]])
	print "</details>"
}

# What failed without a failed test, and consoles.
function trouble(n,	r)
{
	r = runs[n]
	if (troubles[r] == "" && reports[r] == "" && \
	    (is_good[r] == "good" || last_words[r] == ""))
		return
	print "<article class=\"failure\"><h3>" kernel_link(n) "</h3>"
	if (troubles[r] != "")
		print "<pre>" html(troubles[r]) "</pre>"
	if (reports[r] != "")
		print "<p>The console's reports while the tests ran:</p><pre>" \
		      html(cut_report(reports[r])) "</pre>"
	if (last_words[r] != "")
		print details("The console's last lines", "<pre>" html(last_words[r]) \
			      "</pre>\n", is_good[r] == "none")
	print "</article>"
}

# The titles and traces of console reports.
function cut_report(text,	line, n, i, out)
{
	n = split(text, line, "\n")
	for (i = 1; i <= n; i++) {
		sub(/^\[ *[0-9]+\.[0-9]+\](\[[^]]*\])? ?/, "", line[i])
		if (line[i] ~ /BUG|WARNING|Oops|INFO|KASAN|KCSAN|UBSAN|panic|fault|corruption|refcount|lock|RCU|rcu|stall|unreferenced/ || \
		    line[i] ~ /\+0x[0-9a-f]+\/0x/ || line[i] ~ /^Call Trace/)
			out = out line[i] "\n"
	}
	return out == "" ? text : out
}

function broken_section(	i, row, groups, n, any)
{
	print "<section id=\"broken\"><h2>What broke</h2>"
	for (i = 0; i <= row_count; i++)
		groups += broken[row_list[i]] != ""
	if (!groups)
		print "<p>No test failed" (no_verdicts ? ", as far as there are results" : "") \
		      ".</p>"
	else if (groups > 1) {
		wrong_table()
		broken_table()
	}
	for (i = 0; i <= row_count; i++)
		if (broken[row_list[i]] != "")
			group(row_list[i])
	if (groups && !suspects_known)
		print "<p class=\"muted\">No suspects are named: this suite has no list of" \
		      " which mistake each test has seen (proof/mutants/seen_by, made by" \
		      " UPDATE=1 make mutants).</p>"
	for (n = 1; n <= run_total; n++)
		trouble(n)
	printf "%s%s", known_list("xfail", "Known failures"), \
	       known_list("xpass", "Passed, but are known to fail")
	print "</section>"
}

# What failures have in common: the type, and what was answered instead of what.
function wrong_table(	i, n, r, key, m, order, sum, most)
{
	for (n = 1; n <= run_total; n++)
		for (i = 1; i <= id_count; i++) {
			r = runs[n]
			if (result_of[r, ids[i]] != "fail")
				continue
			read_failure(text_of[r, ids[i]])
			if (expected == "")
				continue
			key = (match(asked, /KCMP_[A-Z_]+/) ? \
			       substr(asked, RSTART, RLENGTH) ": " : "") "expected " \
			      expected ", answered " answered
			if (!(key in sum))
				order[++m] = key
			sum[key]++
			wrong_on[key, n]++
		}
	if (!m)
		return
	grid_begin("wrong answers (the first of each failed test)")
	for (i = 1; i <= m && i <= 12; i++) {
		most = most_of(sum)
		printf "<tr><th scope=\"row\">%s</th>", html(most)
		for (n = 1; n <= run_total; n++)
			printf "%s", wrong_on[most, n] ? "<td class=\"f\">" \
			       plural(wrong_on[most, n], "test") "</td>" : cell("", "")
		print "</tr>"
		delete sum[most]
	}
	grid_end()
}

# most_of COUNTS: the key of the highest count, the first by name of several.
function most_of(counts,	key, most)
{
	for (key in counts)
		if (most == "" || counts[key] > counts[most] || \
		    counts[key] == counts[most] && key < most)
			most = key
	return most
}

# The tests with such a result of --known, with the reason and the kernels.
function known_list(result, title,	i, n, list, why, text)
{
	for (i = 1; i <= id_count; i++) {
		list = kernels_with(ids[i], result)
		if (list == "")
			continue
		n++
		why = list
		sub(/^ /, "", why)
		sub(/ .*/, "", why)
		text = text "<li>" code(ids[i]) ": " html(reason_of[runs[why], ids[i]]) \
		       " <span class=\"muted\">(" kernel_links(list) ")</span></li>\n"
	}
	return n ? details(title ": " plural(n, "test"), "<ul>" text "</ul>\n", \
			   result == "xpass") : ""
}

# An overview: how many tests of each broken row failed on each kernel.
function broken_table(	i, row)
{
	grid_begin("behaviour")
	for (i = 0; i <= row_count; i++)
		if (broken[row_list[i]] != "")
			row_cells(row_list[i], broken[row_list[i]])
	grid_end()
}

# --- grids ------------------------------------------------------------------------

function grid_begin(title,	n)
{
	print "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"" title \
	      "\"><table class=\"grid\"><thead><tr><th scope=\"col\">" title "</th>"
	for (n = 1; n <= run_total; n++)
		print "<th scope=\"col\" class=\"k\"><a href=\"#k" n "\">[" n \
		      "]<span class=\"long\">" html(kernel_name(runs[n])) "</span></a></th>"
	print "</tr></thead><tbody>"
}

function grid_end()
{
	print "</tbody></table></div>"
}

# A cell with one result.
function cell(result, link)
{
	if (result == "pass")
		return "<td class=\"p\">ok</td>"
	if (result == "fail")
		return "<td class=\"f\"><a href=\"#" link "\">FAIL</a></td>"
	if (result == "skip")
		return "<td class=\"s\">skip</td>"
	if (result == "xfail")
		return "<td class=\"x\">known</td>"
	if (result == "xpass")
		return "<td class=\"x\">ok, not known</td>"
	return "<td class=\"n\">-</td>"
}

# A row of tests whose numbers are in a list: failures are counted.
function row_cells(row, list,	n, part, m, i, failed, worst, result, text, link)
{
	m = split(list, part, " ")
	for (n = 1; n <= run_total; n++) {
		failed = 0
		worst = ""
		for (i = 1; i <= m; i++) {
			result = result_of[runs[n], ids[part[i]]]
			if (result == "fail" && !failed++)
				link = broken[row] == "" ? "t" part[i] : "b" row
			if (weight(result) > weight(worst))
				worst = result
		}
		text = text (failed ? "<td class=\"f\"><a href=\"#" link "\">" failed \
			" FAIL</a></td>" : cell(worst, ""))
	}
	print "<tr><th scope=\"row\">" html(row_title(row)) "</th>" text "</tr>"
}

# tally LIST: how the tests of a list went, over all kernels.
function tally(list,	m, part, n, i, sum, result)
{
	m = split(list, part, " ")
	for (n = 1; n <= run_total; n++)
		for (i = 1; i <= m; i++)
			if ((runs[n], ids[part[i]]) in result_of)
				sum[result_of[runs[n], ids[part[i]]]]++
	return (sum["fail"] ? "<strong>" sum["fail"] " FAIL</strong>, " : "") \
	       (sum["xfail"] ? sum["xfail"] " known, " : "") \
	       sum["pass"] + sum["xpass"] " ok" (sum["skip"] ? ", " sum["skip"] " skip" : "")
}

function behaviours_section(	i, row, section, here)
{
	print "<section id=\"behaviours\"><h2>Behaviours</h2>"
	print "<p class=\"muted\">The rows of doc/behaviours.txt that have a result" \
	      " here: FAIL if a test of it failed, ok if one passed, skip if all were" \
	      " skipped, - if none ran.</p>"
	for (i = 1; i <= row_count; i++)
		if (tests_in[row_list[i]] != "")
			here[row_section[row_list[i]]] = here[row_section[row_list[i]]] " " i
	for (i = 1; i <= row_count; i++) {
		section = row_section[row_list[i]]
		if (here[section] == "")
			continue
		behaviours_of(section, here[section])
		here[section] = ""
	}
	print "</section>"
}

function behaviours_of(section, list,	n, part, i, failed)
{
	n = split(list, part, " ")
	for (i = 1; i <= n; i++)
		failed += failed_row[row_list[part[i]]]
	print "<details" (failed ? " open=\"open\"" : "") "><summary>" html(section) ": " \
	      plural(n, "behaviour") (failed ? ", <strong>" failed " broken</strong>" : "") \
	      "</summary>"
	grid_begin("behaviour")
	for (i = 1; i <= n; i++)
		row_cells(row_list[part[i]], tests_in[row_list[part[i]]])
	grid_end()
	print "</details>"
}

function tests_section(	i, p, f, id, program, fixture, key)
{
	for (i = 1; i <= id_count; i++) {
		id = ids[i]
		program = program_of[id]
		fixture = id
		sub(/\..*/, "", fixture)
		key = program SUBSEP fixture
		if (!(program in program_tests))
			programs[++program_count] = program
		program_tests[program] = program_tests[program] " " i
		if (!(key in fixture_tests))
			fixtures[program, ++fixture_count[program]] = fixture
		fixture_tests[key] = fixture_tests[key] " " i
	}
	print "<section id=\"tests\"><h2>Tests</h2>"
	for (p = 1; p <= program_count; p++) {
		program = programs[p]
		print "<details><summary>" code(program) ": " tally(program_tests[program]) \
		      "</summary>"
		for (f = 1; f <= fixture_count[program]; f++)
			fixture_grid(fixtures[program, f], \
				     fixture_tests[program, fixtures[program, f]])
		print "</details>"
	}
	print "</section>"
}

function fixture_grid(fixture, list,	n, part, i, k, id)
{
	n = split(list, part, " ")
	print "<details><summary>" code(fixture) ": " tally(list) "</summary>"
	grid_begin("test")
	for (i = 1; i <= n; i++) {
		id = ids[part[i]]
		printf "<tr><th scope=\"row\">%s</th>", code(id)
		for (k = 1; k <= run_total; k++)
			printf "%s", cell(result_of[runs[k], id], "t" part[i])
		print "</tr>"
	}
	grid_end()
	print "</details>"
}

# --- skips ------------------------------------------------------------------------

function skips_section(	i, n, r, why, m, most, names)
{
	for (i = 1; i <= id_count; i++)
		for (n = 1; n <= run_total; n++) {
			r = runs[n]
			if (result_of[r, ids[i]] != "skip")
				continue
			why = reason_of[r, ids[i]]
			m += !(why in skipped)
			skipped[why]++
			skipped_on[why, n]++
			if (names[why] !~ (" " i "$"))
				names[why] = names[why] " " i
		}
	print "<section id=\"skips\"><h2>Skipped</h2>"
	if (!m)
		print "<p>No test was skipped.</p>"
	else
		grid_begin("reason, what would help, and the tests")
	for (i = 1; i <= m; i++) {
		most = most_of(skipped)
		skip_row(most, names[most])
		delete skipped[most]
	}
	if (m)
		grid_end()
	print "</section>"
}

function skip_row(why, list,	n, part, i, text)
{
	n = split(list, part, " ")
	for (i = 1; i <= n; i++)
		text = text ids[part[i]] "\n"
	printf "<tr><th scope=\"row\">%s<br/><span class=\"muted\">%s</span>%s</th>",
	       html(why == "" ? "(no reason)" : why), html(cure(why)),
	       details(plural(n, "test"), "<pre>" html(text) "</pre>\n", 0)
	for (i = 1; i <= run_total; i++)
		printf "%s", skipped_on[why, i] ? "<td>" skipped_on[why, i] "</td>" : \
		       cell("", "")
	print "</tr>"
}

# --- differences ------------------------------------------------------------------

# The run of the earlier file that a run is compared with: the same release and
# architecture, or the only one.
function old_run_of(r,	n)
{
	for (n = 1; n <= old_total; n++)
		if (kernel_name(old_runs[n]) == kernel_name(r) && \
		    run_arch[old_runs[n]] == run_arch[r])
			return old_runs[n]
	return old_total == 1 && run_total == 1 ? old_runs[1] : 0
}

# A list of what changed between results a and b; "" is no result.
function changes(r, o, title, a, b,	i, n, text)
{
	for (i = 1; i <= id_count; i++)
		if (is_kind(result_of[r, ids[i]], b) && is_kind(result_of[o, ids[i]], a)) {
			n++
			text = text ids[i] "\n"
		}
	return n ? details(title ": " plural(n, "test"), "<pre>" html(text) "</pre>\n", \
			   b == "fail") : ""
}

# is_kind RESULT KIND: "good" is passed or skipped or unknown before, "none" no
# result.
function is_kind(result, kind)
{
	return kind == "none" ? result == "" : kind == "good" ? result ~ /pass|skip/ : \
	       result == kind
}

function changes_section(	n, r, o, text)
{
	print "<section id=\"changes\"><h2>Changes since " html(against) "</h2>"
	for (n = 1; n <= run_total; n++) {
		r = runs[n]
		o = old_run_of(r)
		print "<h3>" kernel_link(n) "</h3>"
		if (!o) {
			print "<p>This kernel is not in the earlier file.</p>"
			continue
		}
		text = changes(r, o, "Fails now", "good", "fail") \
		       changes(r, o, "Fails, and was not there before", "none", "fail") \
		       changes(r, o, "Passes now, and failed", "fail", "pass") \
		       changes(r, o, "Skipped now, and failed", "fail", "skip") \
		       changes(r, o, "Skipped now, and passed", "pass", "skip") \
		       changes(r, o, "Passes now, and was skipped", "skip", "pass") \
		       changes(r, o, "New, and passes", "none", "pass") \
		       changes(r, o, "New, and is skipped", "none", "skip") gone(r, o)
		print "<p class=\"muted\">Compared with Linux " html(kernel_name(o)) ", " \
		      html(time_text(run_begin[o])) ", suite " \
		      html(run_fact[o, "suite"]) ".</p>"
		print text == "" ? "<p>Nothing has changed.</p>" : text
	}
	print "</section>"
}

# The tests of the earlier run that have no result now.
function gone(r, o,	key, part, n, text, list, i)
{
	for (i = 1; i <= old_id_count; i++)
		if ((o, old_ids[i]) in result_of && !((r, old_ids[i]) in result_of)) {
			n++
			text = text old_ids[i] "\n"
		}
	return n ? details("Gone: " plural(n, "test"), "<pre>" html(text) "</pre>\n", 0) : ""
}

# --- the page ---------------------------------------------------------------------

function headline(	n, bad, none)
{
	for (n = 1; n <= run_total; n++) {
		bad += is_good[runs[n]] == "bad"
		none += is_good[runs[n]] == "none"
	}
	if (run_total == 1)
		return "kcmp(2) on Linux " kernel_name(runs[1]) ": " \
		       (bad ? "bad" : none ? "no verdict" : "good")
	return "kcmp(2) on " run_total " kernels: " (bad ? bad " bad, " : "") \
	       (none ? none " no verdict, " : "") run_total - bad - none " good"
}

# Links to the kernels with a verdict.
function verdict_links(kind, title,	n, list)
{
	for (n = 1; n <= run_total; n++)
		if (is_good[runs[n]] == kind)
			list = list " " n
	return list == "" ? "" : "<p><strong>" title ":</strong> " kernel_links(list) "</p>\n"
}

function head(	line, n, suite, last)
{
	for (n = 1; n <= run_total; n++)
		if (!(run_fact[runs[n], "suite"] in suite)) {
			suite[run_fact[runs[n], "suite"]]
			suites++
		}
	print "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">"
	print "<head><meta charset=\"utf-8\"/>"
	print "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>"
	print "<title>" html(headline()) "</title>\n<style>"
	while ((getline line < css) > 0)
		print line
	print "</style></head>\n<body>\n<header><h1>" html(headline()) "</h1>"
	last = runs[1]
	print "<p>" id_count " tests of the kcmp(2) conformance suite" \
	      (suites == 1 ? ", commit " html(run_fact[last, "suite"]) : "") \
	      (run_fact[last, "host"] == "" ? "" : ", on the host " html(run_fact[last, "host"])) \
	      (run_begin[last] == "" ? "" : ", " html(time_text(run_begin[last]))) ".</p>"
	if (run_total > 1)
		printf "%s%s", verdict_links("bad", "Bad"), verdict_links("none", "No verdict")
	if (cut_lines)
		print "<p class=\"note\">" plural(cut_lines, "line") " of the results could" \
		      " not be read: something was cut off.</p>"
	print "<nav aria-label=\"Sections\"><ul><li><a href=\"#broken\">What broke</a></li>" \
	      (old_total ? "<li><a href=\"#changes\">Changes</a></li>" : "") \
	      "<li><a href=\"#skips\">Skipped</a></li><li><a href=\"#behaviours\">" \
	      "Behaviours</a></li><li><a href=\"#tests\">Tests</a></li></ul></nav></header>"
}

# Which test belongs to which row, and which rows are broken.
function sort_tests(	i, j, n, part, row, id)
{
	rules_load()
	errata_load()
	for (i = 1; i <= id_count; i++) {
		id = ids[i]
		number_of[id] = i
		rows_of[id] = rows_only(id)
		n = split(rows_of[id], part, " ")
		for (j = 1; j <= n; j++) {
			tests_in[part[j]] = tests_in[part[j]] " " i
			tests_of_row[part[j]]++
			if (kernels_with(id, "fail") != "")
				failed_row[part[j]] = 1
		}
	}
	for (i = 1; i <= id_count; i++)
		if (kernels_with(ids[i], "fail") != "") {
			row = main_row(ids[i])
			broken[row] = broken[row] " " i
		}
}

END {
	if (!run_total)
		exit 1
	count_results()
	for (n = 1; n <= run_total; n++)
		no_verdicts += (is_good[runs[n]] = verdict(runs[n])) == "none"
	sort_tests()
	head()
	print "<main>\n<section id=\"kernels\"><h2>" (run_total > 1 ? "Kernels" : "Kernel") \
	      "</h2><div class=\"cards\">"
	for (n = 1; n <= run_total; n++)
		card(n)
	print "</div></section>"
	broken_section()
	if (old_total)
		changes_section()
	skips_section()
	behaviours_section()
	tests_section()
	print "</main>\n</body>\n</html>"
}
