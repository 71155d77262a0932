#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The page of --html: well-formed, complete and harmless whatever is in the results,
# and readable in a real browser.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

readonly PAGE=$TMP/page.html

# page FILE [OPTION]...: the page of a file of results.
page()
{
	run "$TOP/run.sh" --html "$PAGE" --from "$@"
}

has()
{
	grep -q -e "$1" "$PAGE"
}

has_not()
{
	! has "$1"
}

# The text of an article or a section, its id given, on one line.
part()
{
	local tag=article

	grep -q "<article [^>]*id=\"$1\"" "$PAGE" || tag=section
	tr '\n' ' ' <"$PAGE" | grep -o "<$tag [^>]*id=\"$1\".*" | sed "s/<\/$tag>.*//"
}

part_has()
{
	part "$1" | grep -q -e "$2"
}

well_formed()
{
	xmllint --noout "$PAGE"
}

# Each link leads to an id that is there once.
links_resolve()
{
	local id ids

	[ -s "$PAGE" ] || return
	ids=$(grep -o ' id="[^"]*"' "$PAGE" | sort)
	[ -z "$(uniq -d <<<"$ids")" ] || return
	for id in $(grep -o 'href="#[^"]*"' "$PAGE" | sort -u | sed 's/href="#//'); do
		grep -q -F -x " id=\"$id" <<<"$ids" || { echo "$id"; return 1; }
	done
}

# No script, and nothing from elsewhere.
stands_alone()
{
	[ -s "$PAGE" ] && has_not '<script\|<link\|<img\|<iframe\|src=\|url(\|@import\| on[a-z]*="' &&
		[ "$(grep -c '://' "$PAGE")" = "$(grep -c 'xmlns="http://www.w3.org/1999/xhtml"' "$PAGE")" ]
}

is_sound()
{
	check "$1: exits with 0" exited 0
	if command -v xmllint >/dev/null; then
		check "$1: the page is well-formed" well_formed
	else
		skip "$1: the page is well-formed" "needs xmllint (libxml2-utils)"
	fi
	check "$1: all links resolve" links_resolve
	check "$1: it has no script and needs no other file" stands_alone
}

# begin RELEASE [ARCHITECTURE [OPTION]], result ID RESULT [TEXT|REASON], end [REASON]:
# lines of a file of results.
begin()
{
	cat <<-END
	{"type":"begin","time":"2026-11-24T23:59:50Z","command":"./run.sh${3:-}"}
	{"type":"fact","name":"suite","value":"1234567"}
	{"type":"fact","name":"kernel","value":"Linux $1 #1 SMP ${2:-x86_64}"}
	{"type":"fact","name":"user","value":"uid=0 gid=0 CapEff=000001ffffffffff"}
	END
}

result()
{
	local reason='' text=''

	[[ $2 != skip && $2 != x* ]] || reason=${3:-}
	[ "$2" != fail ] || text=${3:-}
	printf '{"type":"test","program":"kcmp_test","id":"%s","result":"%s","reason":"%s","text":"%s","rule":"","kernel":""}\n' \
		"$1" "$2" "$reason" "$text"
}

# program NAME RESULT [COMMENT [DETAIL]]
program()
{
	printf '{"type":"program","program":"%s","result":"%s","comment":"%s","detail":"%s"}\n' \
		"$1" "$2" "${3:-}" "${4:-}"
}

end()
{
	printf '{"type":"end","passed":1,"failed":0,"skipped":0,"reason":"%s"}\n' "${1:-}"
}

# --- verdicts ----------------------------------------------------------------------

readonly SAME=object.vm.same_for_one_task

verdict()
{
	page "$TMP/json"
	is_sound "$1"
	check "$1: the heading says so" has "<h1>kcmp(2) on Linux [^<]*: $2</h1>"
	check "$1: the kernel's box says so in words" part_has k1 "</span> $2</p>"
}

{ begin 6.1.0; result $SAME pass; program kcmp_test pass; end; } >"$TMP/json"
verdict "a run without a failure" good
check "a run without a failure: nothing broke" has '<p>No test failed.</p>'
{ begin 6.1.0; result $SAME fail 'no'; program kcmp_test fail 'exit=1'; end; } >"$TMP/json"
verdict "a failed test" bad
{ begin 6.1.0; result $SAME pass; program kcmp_test fail 'exit=139' \
	'it has 1 results for a plan of 2'; end; } >"$TMP/json"
verdict "a program that crashed" bad
check "a program that crashed: the page says how" \
	part_has broken 'kcmp_test: exit=139: it has 1 results'
{ begin 6.1.0; program kcmp_test skip 'SKIP not run'; program guest fail \
	'no verdict: the guest hung before the first test'; end; } >"$TMP/json"
verdict "a guest that did not boot" "no verdict"
check "a guest that did not boot: the reason" \
	part_has k1 'the guest hung before the first test'
{ begin 6.1.0; result $SAME pass; end 'stopped by SIGTERM'; } >"$TMP/json"
verdict "a run that was stopped" "no verdict"
check "a run that was stopped: the reason" part_has k1 'stopped by SIGTERM'
{ begin 6.1.0; result $SAME skip 'needs CAP_SYS_PTRACE'; program kcmp_test skip; end; } \
	>"$TMP/json"
verdict "a run of skips" "no verdict"
check "a run of skips: reason and cure" part_has skips 'needs CAP_SYS_PTRACE.*run as root'
{ begin 6.1.0; result $SAME pass; result object.vm.indices_are_ignored fail no; } |
	head -c -30 >"$TMP/json"
verdict "results that are cut off" "no verdict"
check "results that are cut off: the page says so" has '1 line of the results could'
: >"$TMP/json"
page "$TMP/json"
check "a file without results is an error" complained 2 "no results in"
check "an error leaves no page" [ ! -e "$PAGE" ]
head -c 3000 /dev/urandom >"$TMP/json"
page "$TMP/json"
check "a file of something else is an error" complained 2 "no results in"

# --- what broke ----------------------------------------------------------------------

readonly TEXT='# kcmp_test.c:93:same:Expected '\''-ENOENT'\'' == '\''0 (same)'\''.\n# kcmp_test.c:93:same:kcmp(pid1=4711 (test), pid2=4712 (child), KCMP_EPOLL_TFD,\n# kcmp_test.c:93:same:idx1=5, slot={efd 6, tfd 7, toff 2})\n# kcmp_test.c:93:same:asked by the test\n# same: Test failed'
{
	begin 6.1.0; result $SAME pass; result global.other pass; program kcmp_test pass; end
	begin 6.12.3 x86_64 ' --kernel /boot/vmlinuz-6.12.3 --append a\\ b -q'
	result $SAME fail "$TEXT"; result "o'dd" fail odd; program kcmp_test fail 'exit=1'; end
	begin 6.13.0 s390x; result $SAME fail "${TEXT//4711/99}"; program kcmp_test fail 'exit=1'; end
	begin 7.0.0 x86_64 ' --kernel tree'; result $SAME fail other
	program kcmp_test fail 'exit=1'; program guest fail 'the kernel reported an error'
	echo '{"type":"fact","name":"kernel","value":"[   12.3] BUG: sleeping function called"}'
	echo '{"type":"fact","name":"kernel","value":"[   12.4] Hardware name: QEMU"}'
	echo '{"type":"fact","name":"kernel","value":"[   12.5]  dump_stack_lvl+0x1/0x2"}'
	end
} >"$TMP/a=b.json"
cd "$TMP" || exit
page a=b.json
is_sound "four kernels"
check "four kernels: the heading counts them" has '<h1>kcmp(2) on 4 kernels: 3 bad, 1 good</h1>'
check "a failure has its behaviour's sentence" \
	has 'ARG-02: a task, and a descriptor, compared with itself is the same'
check "a failure has the question" \
	has 'Asked.*kcmp(pid1=4711 (test), .*KCMP_EPOLL_TFD, idx1=5, slot={efd 6, tfd 7, toff 2})'
check "a failure has what was expected" has '<dt>Expected</dt><dd>-ENOENT</dd>'
check "a failure has what was answered" has '<dt>Answered</dt>.*0 (same)'
check "a failure has its line in the source" has '<code>kcmp_test.c:93</code>'
check "kernels that answer the same are together" \
	has '<p>On <a href="#k2">.*, <a href="#k3">[^,]*</p>'
check "a failure names kernels where the test passes" has '<p>Passes on <a href="#k1">'
check "a failure has the command that runs it again" \
	has './run.sh --kernel /boot/vmlinuz-6.12.3 --append a\\ b -r object.vm.same_for_one_task$'
check "an id is quoted in a command" has "-r 'o'\\\\''dd'"
check "a bisection is from the newest kernel that passes" \
	has '^git bisect start v6.12.3 v6.1.0 -- kernel/kcmp.c'
check "tests of no behaviour have their place" has 'Tests of no behaviour'
check "a console report is cut to title and trace" part_has broken \
	'BUG: sleeping function called *dump_stack_lvl'
check "a kernel without a result for a test has a dash" has '<td class="n">-</td>'
cd "$TOP" || exit

{
	begin 6.1.0; result t.one xfail 'a bug'; result t.two xpass; result t.three pass; end
} >"$TMP/json"
page "$TMP/json"
is_sound "known failures"
check "known failures do not make a kernel bad" has '</span> good</p>'
check "known failures are listed" part_has broken 'Known failures: 1 test.*t.one</code>: a bug'
check "unexpected passes are listed" part_has broken 'known to fail: 1 test.*t.two'

# --- text of any kind -----------------------------------------------------------------

# Markup, an ampersand, a quote, control characters, bytes that are not UTF-8.
readonly HOSTILE='<script>alert(1)</script>&amp;&nbsp;]]>'\''\\\" onclick=\\\"x <!-- \\u0000\\u001b[31m \xff\xfe\x01\x7f\xc3\xa9'
hostile()
{
	local text

	# shellcheck disable=SC2059
	text=$(printf "$HOSTILE")
	begin "$text" "$text" " $text"
	printf '{"type":"fact","name":"%s","value":"%s"}\n' "$text" "$text" host "$text" \
		console "$text" kernel "$text" guest "$text"
	result "$text" fail "$text\\n$text"
	result "a$text" skip "$text"
	result "b$text" pass
	result "$text$text" nonsense
	program "$text" fail "$text" "$text"
	echo '{"type":"test"}'
	echo '{"type":'
	echo '{"type":"unknown","id":5}'
	end "$text"
}
hostile >"$TMP/json"
page "$TMP/json" --against "$TMP/a=b.json"
is_sound "hostile text"
check "hostile text: nothing of it is markup" has_not '<script'

# A run that was killed, and the next one right behind what it left.
{
	begin 5.10.1; result $SAME pass | head -c 40
	begin 6.1.0; result $SAME pass; program kcmp_test pass; end
} >"$TMP/json"
page "$TMP/json"
is_sound "a killed run before another"
check "a killed run has no verdict, the next one has" \
	has '<h1>kcmp(2) on 2 kernels: 1 no verdict, 1 good</h1>'

# --- differences ----------------------------------------------------------------------

{
	begin 6.1.0; result t.breaks pass; result t.heals fail x; result t.goes pass
	result t.stays pass; result t.stops pass; end
	begin 6.12.3; result t.breaks pass; end
} >"$TMP/old.json"
{
	begin 6.1.0; result t.breaks fail x; result t.heals pass; result t.comes pass
	result t.stays pass; result t.stops skip why; end
	begin 7.0.0; result t.breaks pass; end
} >"$TMP/json"
page "$TMP/json" --against "$TMP/old.json"
is_sound "a comparison"
check "a comparison has what fails now" part_has changes 'Fails now: 1 test</summary> <pre>t.breaks'
check "a comparison has what passes now" \
	part_has changes 'Passes now, and failed: 1 test</summary> <pre>t.heals'
check "a comparison has what is skipped now" \
	part_has changes 'Skipped now, and passed: 1 test</summary> <pre>t.stops'
check "a comparison has new tests" part_has changes 'New, and passes: 1 test</summary> <pre>t.comes'
check "a comparison has tests that are gone" part_has changes 'Gone: 1 test</summary> <pre>t.goes'
check "a comparison names a kernel that is new" \
	part_has changes '7.0.0.*This kernel is not in the earlier file'
page "$TMP/json" --against "$TMP/json"
check "a file compared with itself has no changes" part_has changes 'Nothing has changed'

# --- options --------------------------------------------------------------------------

run "$TOP/run.sh" --from "$TMP/json"
check "--from without --html is an error" complained 2 "for --html"
page "$TMP/none"
check "--from a file that is not there is an error" complained 2 "cannot read"
run "$TOP/run.sh" --html /nonexistent/page --from "$TMP/json"
check "--html that cannot be written is an error" complained 2 "cannot write to"

# A run of its own; the other outputs stay as they are.
mkdir "$TMP/bin"
printf '#!/bin/bash\nexec %q awkward "$@"\n' "$TOP/t/runner/fake_program.sh" \
	>"$TMP/bin/kcmp_test"
printf '#!/bin/bash\nexec %q hang "$@"\n' "$TOP/t/runner/fake_program.sh" \
	>"$TMP/bin/epoll_test"
chmod +x "$TMP/bin/"*
export KCMP_TEST_SLEEP=1000.$$
KCMP_BIN=$TMP/bin run "$TOP/run.sh" --html "$PAGE" -j 1 --timeout 1
check "--html does not change the exit status" exited 1
check "--html has a failure of the run" part_has broken 'object.vm.same_for_one_task'
check "--html has a program that hung" part_has broken 'epoll_test: TIMEOUT'
rm -f "$TMP/out"
KCMP_BIN=$TMP/bin "$TOP/run.sh" --html "$PAGE.term" -j 1 </dev/null >"$TMP/out" 2>"$TMP/err" &
pid=$!
await grep -q -s '^# not ok 2 ' "$TMP/out"
kill -TERM $pid
wait $pid 2>/dev/null
mv "$PAGE.term" "$PAGE"
check "SIGTERM: the page has what was told before" part_has broken 'object.vm.same_for_one_task'

# --- in a browser -----------------------------------------------------------------------

# look SCHEME: shows the page at two widths; 0 is the dark scheme, 1 the light one.
look()
{
	cp "$TOP/t/runner/browser.html" "$TMP"
	run "$BROWSER" --headless --no-sandbox --disable-gpu --hide-scrollbars \
		--allow-file-access-from-files --enable-logging=stderr \
		--user-data-dir="$TMP/profile" --virtual-time-budget=20000 \
		--blink-settings=preferredColorScheme="$1" \
		--dump-dom "file://$TMP/browser.html"
}

is_fine()
{
	grep -q "^\(<pre id=\"said\">\)\?$1 fine, background $2" "$TMP/out"
}

quiet_console()
{
	! grep 'CONSOLE' "$TMP/err"
}

readonly LIGHT='rgb(255, 255, 255)' DARK='rgb(20, 23, 26)'
BROWSER=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
for what in "a good run" "a bad run" "hostile text"; do
	case $what in
	"a good run") { begin 6.1.0; "$TOP/run.sh" --list | while read -r id; do
			result "$id" pass; done; end; } >"$TMP/json" ;;
	"a bad run") { cat "$TMP/a=b.json"; begin 6.14.0
		"$TOP/run.sh" --list | while read -r id; do
			result "$id" fail "$TEXT"; done; end; } >"$TMP/json" ;;
	*) hostile >"$TMP/json" ;;
	esac
	if [ -z "$BROWSER" ]; then
		skip "$what in a browser" "needs chromium"
		continue
	fi
	page "$TMP/json" --against "$TMP/old.json"
	is_sound "$what"
	for scheme in 1 0; do
		background=$LIGHT
		[ $scheme = 1 ] || background=$DARK
		look $scheme
		for width in 400 1600; do
			check "$what, scheme $scheme, $width pixels: width, links, headings, contrast, folding" \
				is_fine $width "$background"
		done
		check "$what, scheme $scheme: nothing on the console" quiet_console
	done
done

finish
