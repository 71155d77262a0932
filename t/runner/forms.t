#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What run.sh makes of a file of results: JUnit, TAP 14, flat TAP.  All have the same
# cases with the same verdicts, also of a run that was cut off.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

export KCMP_TEST_SLEEP=1000.$$
readonly RESULTS=$TMP/results.json JUNIT=$TMP/junit.xml

# fakes PROGRAM=BEHAVIOUR...
fakes()
{
	local pair

	rm -rf "${TMP:?}/bin"
	mkdir "$TMP/bin"
	for pair; do
		printf '#!/bin/bash\nexec %q %q "$@"\n' \
			"$TOP/t/runner/fake_program.sh" "${pair#*=}" \
			>"$TMP/bin/${pair%=*}"
		chmod +x "$TMP/bin/${pair%=*}"
	done
}

suite()
{
	KCMP_BIN=$TMP/bin run "$TOP/run.sh" --timeout 2 "$@"
}

# Prints "PASSED FAILED SKIPPED" of each form of $RESULTS; errors are failures.
count_junit()
{
	awk '/<testcase/ { all++ } /<failure|<error/ { bad++ } /<skipped/ { skips++ }
	     END { print all - bad - skips, bad + 0, skips + 0 }' "$JUNIT"
}

count_14()
{
	local level=1

	! grep -q '^# Subtest: kernel' "$TMP/14" || level=2
	grep -v "^\(    \)\{0,$((level - 1))\}\(not \)\?ok " "$TMP/14" | count_lines
}

count_lines()
{
	awk '/^ *not ok / { bad++ } /^ *ok .* # SKIP/ { skips++; next } /^ *ok / { good++ }
	     END { print good + 0, bad + 0, skips + 0 }'
}

# forms: makes them all.
forms()
{
	"$TOP/run.sh" --from "$RESULTS" --junit "$JUNIT" </dev/null &&
	"$TOP/run.sh" --from "$RESULTS" --tap=14 </dev/null >"$TMP/14" &&
	"$TOP/run.sh" --from "$RESULTS" --tap flat </dev/null >"$TMP/flat"
}

# all_count "PASSED FAILED SKIPPED"
all_count()
{
	forms && echo "$(count_junit); $(count_14); $(count_lines <"$TMP/flat")" &&
	[ "$(count_junit)" = "$1" ] && [ "$(count_14)" = "$1" ] &&
	[ "$(count_lines <"$TMP/flat")" = "$1" ]
}

valid_xml()
{
	[ "$(head -c 5 "$1")" = '<?xml' ] && [ "$(tail -n 1 "$1")" = '</testsuites>' ] &&
		{ ! command -v xmllint >/dev/null || xmllint --noout "$1"; }
}

# consistent FILE: numbers and plans of TAP are right, at each level of nesting.
consistent()
{
	awk '
		/^ *1[.][.]/ {
			level = match($0, /[^ ]/)
			if (level in plan)
				exit bad = 1
			plan[level] = substr($0, level + 3)
			count[level] = 0
		}
		/^ *(not )?ok / {
			level = match($0, /[^ ]/)
			line = substr($0, level)
			sub(/^not /, "", line)
			split(line, word, " ")
			if (word[2] != ++count[level])
				exit bad = 1
			# The level below is complete.
			below = level + 4
			if (below in plan && plan[below] != count[below])
				exit bad = 1
			delete plan[below]
		}
		END { exit bad || plan[1] != count[1] }' "$1"
}

# --- what a run is ---------------------------------------------------------------

# BEHAVIOUR:PASSED FAILED SKIPPED; a program that fails without a failed test is one
# more failure.
for pair in "pass:2 0 0" "fail:1 1 0" "skip-one:1 0 1" "skip-all:0 0 2" "skip-plan:0 0 1" \
	    "crash:1 1 0" "truncated:1 1 0" "no-plan:1 1 0" "silent:0 1 0" \
	    "hang:1 1 0" "awkward:1 1 0" "exit-0-with-failure:1 1 0"; do
	fakes "kcmp_test=${pair%%:*}"
	suite --results "$RESULTS"
	check "${pair%%:*}: all forms have ${pair#*:}" all_count "${pair#*:}"
	check "${pair%%:*}: the plans are right" consistent "$TMP/14"
done
fakes kcmp_test=pass epoll_test=skip-all clone_test=awkward perm_test=crash
suite --results "$RESULTS" --repeat 2
check "several programs, twice" all_count "8 4 4"
check "several programs: flat TAP is consistent" consistent "$TMP/flat"
check "several programs: TAP 14 is consistent" consistent "$TMP/14"
check "TAP 14 names a crash" grep -q '^    not ok 2 - perm_test as a whole$' "$TMP/14"
check "TAP 14 says what it was" grep -q '^      message: "exit=139' "$TMP/14"
check "TAP 14 has the text of a failure, with its lines" \
	grep -q '^        # second\\line$' "$TMP/14"
check "flat TAP has the text before the result" \
	[ "$(grep -c -B 4 '^not ok .* - clone_test object' "$TMP/flat")" = 2 ]
check "flat TAP has unique names but for the repetition" \
	[ "$(sed -n 's/^\(not \)\?ok [0-9]* - \([^#]*\).*/\2/p' "$TMP/flat" | sort | uniq -c |
		awk '$1 != 2')" = "" ]
check "JUnit is XML" valid_xml "$JUNIT"

# --- without a file of results -----------------------------------------------------

fakes kcmp_test=fail
for form in 14 flat; do
	suite --tap=$form
	cp "$TMP/out" "$TMP/direct"
	check "--tap=$form has the status of the run" exited 1
	suite --tap=$form --results "$RESULTS" --junit "$JUNIT"
	check "--tap=$form goes with --results and --junit" [ -s "$JUNIT" ]
	sed -i '/^# \(suite\|kernel\|user\|confinement\): /d' "$TMP/direct" "$TMP/out"
	check "--tap=$form is the same without them" same "$TMP/direct" "$TMP/out"
	forms
	sed -i '/^# \(suite\|kernel\|user\|confinement\): /d' "$TMP/$form"
	check "--from makes the same as --tap=$form" same "$TMP/out" "$TMP/$form"
done

# The descriptor of standard output is not for the programs.
cat >"$TMP/bin/kcmp_test" <<'END'
#!/bin/bash
[ "${1-}" != --list ] || exec echo fake.one
printf '%s\n' 1..1 "# descriptors:$(ls /proc/$$/fd | tr '\n' ' ')" 'not ok 1 fake.one'
exit 1
END
suite
grep -o -m 1 'descriptors[^"]*' "$TMP/out" >"$TMP/before"
suite --tap=14
check "programs have no more descriptors than without --tap" \
	same "$TMP/before" <(grep -o -m 1 'descriptors[^"]*' "$TMP/out")

# --- a run that was stopped ----------------------------------------------------------

for stop in TERM KILL; do
	fakes kcmp_test=pass epoll_test=hang
	rm -f "$RESULTS"
	KCMP_BIN=$TMP/bin "$TOP/run.sh" -j 2 --results "$RESULTS" --junit "$JUNIT" \
		--tap=14 >"$TMP/out" 2>"$TMP/err" </dev/null &
	pid=$!
	await grep -q '"program":"kcmp_test","result":"pass","comment"' "$RESULTS" 2>/dev/null
	[ $stop != KILL ] || disown $pid
	kill -$stop $pid
	wait $pid 2>/dev/null
	check "SIG$stop: JUnit is XML" valid_xml "$JUNIT"
	check "SIG$stop: JUnit is not good" grep -q '<error' "$JUNIT"
	check "SIG$stop: no process is left" await none_with "$KCMP_TEST_SLEEP"
	[ $stop = KILL ] || check "SIG$stop: --tap tells it" \
		grep -q '^      message: "stopped by SIGTERM"' "$TMP/out"
	forms
	check "SIG$stop: JUnit has what was told before" grep -q 'name="fake.two"' "$JUNIT"
	check "SIG$stop: JUnit of --from is XML" valid_xml "$JUNIT"
	check "SIG$stop: JUnit tells that there is an end missing" \
		grep -q 'name="run"><error' "$JUNIT"
	check "SIG$stop: TAP 14 is consistent" consistent "$TMP/14"
	check "SIG$stop: TAP 14 is not good" grep -q '^not ok .* - run.sh' "$TMP/14"
	check "SIG$stop: flat TAP is consistent" consistent "$TMP/flat"
done

# Cut off anywhere, even within a line.
fakes kcmp_test=awkward
suite --results "$TMP/whole.json"
size=$(stat -c %s "$TMP/whole.json")
bad=''
for ((n = 20; n < size; n += 37)); do
	head -c $n "$TMP/whole.json" >"$RESULTS"
	forms 2>/dev/null && valid_xml "$JUNIT" && consistent "$TMP/14" &&
		consistent "$TMP/flat" && grep -q '<error' "$JUNIT" || bad+=" $n"
done >/dev/null
check "cut off anywhere, it is well formed and not good" [ -z "$bad" ]

# --- several kernels, and guests --------------------------------------------------------

cat >"$RESULTS" <<'END'
{"type":"begin","time":"2026-01-01T00:00:00Z","command":"run.sh"}
{"type":"fact","name":"kernel","value":"Linux 6.1.0 #1 x86_64"}
{"type":"test","program":"kcmp_test","id":"a.b","result":"pass","reason":"","text":"","rule":"","kernel":"6.1.0"}
{"type":"program","program":"kcmp_test","result":"pass","comment":"","detail":""}
{"type":"program","program":"guest","result":"pass","comment":"","detail":""}
{"type":"end","passed":1,"failed":0,"skipped":0,"reason":""}
{"type":"begin","time":"2026-01-01T00:00:00Z","command":"run.sh"}
{"type":"fact","name":"kernel","value":"Linux 7.3.0 #1 x86_64"}
{"type":"test","program":"kcmp_test","id":"a.b","result":"fail","reason":"","text":"# <&\"\u001b]]> #\\\nx","rule":"","kernel":"7.3.0","ms":12}
{"type":"program","program":"kcmp_test","result":"fail","comment":"exit=died","detail":""}
{"type":"program","program":"epoll_test","result":"skip","comment":"SKIP not run: the guest panicked","detail":""}
{"type":"program","program":"guest","result":"fail","comment":"the guest panicked in kcmp_test","detail":""}
{"type":"end","passed":0,"failed":1,"skipped":0,"reason":""}
{"type":"begin","time":"2026-01-01T00:00:00Z","command":"run.sh"}
{"type":"fact","name":"kernel","value":"Linux 5.10.0 #1 x86_64"}
{"type":"program","program":"guest","result":"fail","comment":"no verdict: the guest did not boot","detail":""}
{"type":"end","passed":0,"failed":0,"skipped":0,"reason":""}
END
check "several kernels: all forms have the same" all_count "2 3 1"
check "several kernels: TAP 14 is consistent" consistent "$TMP/14"
check "several kernels: a level for each" \
	[ "$(grep -c '^\(not \)\?ok [123] - kernel ' "$TMP/14")" = 3 ]
check "several kernels: flat TAP has unique names" \
	[ -z "$(sed -n 's/^\(not \)\?ok [0-9]* - \([^#]*\).*/\2/p' "$TMP/flat" | sort | uniq -d)" ]
check "several kernels: JUnit is XML" valid_xml "$JUNIT"
check "no verdict is an error in JUnit" grep -q 'name="guest"><error' "$JUNIT"
check "milliseconds are JUnit's time" grep -q 'name="a.b" time="0.012"' "$JUNIT"
check "no control character is in a form" \
	[ "$(cat "$JUNIT" "$TMP/14" "$TMP/flat" | tr -d '\n -~' | wc -c)" = 0 ]
if command -v busybox >/dev/null; then
	cp "$TMP/14" "$TMP/14.mawk"
	cp "$JUNIT" "$JUNIT.mawk"
	mkdir -p "$TMP/busybox"
	ln -sf "$(command -v busybox)" "$TMP/busybox/awk"
	PATH=$TMP/busybox:$PATH forms
	check "with the awk of busybox, TAP 14 is the same" same "$TMP/14.mawk" "$TMP/14"
	check "with the awk of busybox, JUnit is the same" same "$JUNIT.mawk" "$JUNIT"
else
	skip "with the awk of busybox, the forms are the same" "needs busybox"
fi

# --- failures that are known --------------------------------------------------------------

cat >"$RESULTS" <<'END'
{"type":"begin","time":"2026-01-01T00:00:00Z","command":"run.sh"}
{"type":"test","program":"kcmp_test","id":"a.b","result":"xfail","reason":"bug 5","text":"# kcmp","rule":"","kernel":""}
{"type":"test","program":"kcmp_test","id":"a.c","result":"xpass","reason":"bug 6","text":"","rule":"","kernel":""}
{"type":"program","program":"kcmp_test","result":"xfail","comment":"XFAIL","detail":""}
{"type":"end","passed":0,"failed":0,"skipped":0,"reason":""}
END
forms
check "JUnit: a known failure is skipped, with its reason" \
	grep -q 'name="a.b"><skipped message="XFAIL bug 5"' "$JUNIT"
check "JUnit counts it so" grep -q 'tests="2" failures="0" errors="0" skipped="1"' "$JUNIT"
check "TAP 14 skips it" grep -q '^    ok 1 - a.b # SKIP XFAIL bug 5$' "$TMP/14"
check "flat TAP skips it" grep -q '^ok 1 - kcmp_test a.b # SKIP XFAIL bug 5$' "$TMP/flat"
check "a pass that was not expected is one" grep -q '^ok 2 - kcmp_test a.c$' "$TMP/flat"
check "the program is good" grep -q '^ok 1 - kcmp_test$' "$TMP/14"

# --- mistakes ----------------------------------------------------------------------------

mistake()
{
	local what=$1 pattern=$2

	shift 2
	run "$TOP/run.sh" "$@"
	check "$what is an error" complained 2 "$pattern"
}
mistake "another --tap" "tap is 14 or flat" --tap=13
mistake "--from without a form" "from is for --html, --junit and --tap" --from "$RESULTS"
mistake "--from of no file" "cannot read" --from /nonexistent --tap=14
mistake "--from of another file" "no results in" --from "$TOP/README" --tap=14
mistake "--from and an unwritable --junit" "cannot write" --from "$RESULTS" \
	--junit /nonexistent/file

finish
