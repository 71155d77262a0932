#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What run.sh tells besides TAP: the summary, the file of results, JUnit, the rules
# of a failure, --failed, --explain, progress on a terminal.
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

# suite [OPTION]...: a run with the fake programs and a file of results.
suite()
{
	KCMP_BIN=$TMP/bin run "$TOP/run.sh" --timeout 2 --results "$RESULTS" \
		--junit "$JUNIT" "$@"
}

told()
{
	grep -q -e "$1" "$TMP/err"
}

# Every line of the file of results is an object.
valid_json()
{
	perl -MJSON::PP -ne 'decode_json($_)->{type} or die' "$1" &&
		head -n 1 "$1" | grep -q '"type":"begin"'
}

valid_xml()
{
	[ "$(head -c 5 "$1")" = '<?xml' ] && [ "$(tail -n 1 "$1")" = '</testsuites>' ] &&
		{ ! command -v xmllint >/dev/null || xmllint --noout "$1"; }
}

# --- the summary -------------------------------------------------------------

fakes kcmp_test=awkward epoll_test=skip-all clone_test=pass perm_test=crash
suite
check "the summary has each failed test" \
	told '^failed: kcmp_test: object.vm.same_for_one_task$'
check "the summary has the first line of reason" \
	told '^    fake.c:1:two:Expected 0 < 1 & "x"$'
check "the summary has the command that runs it again" \
	told '^    again: .*run.sh -r object.vm.same_for_one_task$'
check "the summary has programs that failed without a failed test" \
	told '^failed: perm_test$'
check "the summary adds up skips by reason" told '^ *1: missing one$'
check "a failure is followed by its rule" \
	grep -q '^# # rule: [A-Z][-A-Z0-9a-z]* ' "$TMP/out"
suite -q
check "-q leaves the summary out" [ ! -s "$TMP/err" ]

# --- files ---------------------------------------------------------------------

suite
check "--results is JSON lines" valid_json "$RESULTS"
check "--results has each test" [ "$(grep -c '"type":"test"' "$RESULTS")" = \
	"$(grep -c '^# \(not \)\?ok [0-9]' "$TMP/out")" ]
check "--results has the text of a failure, with its lines" \
	grep -q '"text":"# fake.c:1:two:Expected 0 < 1 & \\"x\\"\\n# second\\\\line' "$RESULTS"
check "--results has the rule of a failure" grep -q '"rule":"[A-Z]' "$RESULTS"
check "--results ends with the sums" \
	grep -q '^{"type":"end","passed":4,"failed":1,"skipped":2,"reason":"","time":"20[-0-9T:]*Z"}$' \
	"$RESULTS"
check "--junit is XML" valid_xml "$JUNIT"
check "--junit has line breaks in a failure's text" grep -q '^# second\\line' "$JUNIT"
check "--junit has a program that failed without a failed test" \
	grep -q 'name="perm_test"><failure' "$JUNIT"
cp "$TMP/out" "$TMP/tap"
cp "$RESULTS" "$TMP/json"

for stop in INT TERM KILL; do
	fakes kcmp_test=pass epoll_test=hang
	rm -f "$TMP/out"
	KCMP_BIN=$TMP/bin env --default-signal=INT "$TOP/run.sh" -j 2 \
		--results "$RESULTS.$stop" --junit "$JUNIT" \
		>"$TMP/out" 2>"$TMP/err" </dev/null &
	pid=$!
	await grep -q '^ok 1 ' "$TMP/out"
	[ $stop != KILL ] || disown $pid
	kill -$stop $pid
	wait $pid 2>/dev/null
	check "SIG$stop: the results are valid" valid_json "$RESULTS.$stop"
	check "SIG$stop: they have what was told before" \
		grep -q '"id":"fake.two","result":"pass"' "$RESULTS.$stop"
	[ $stop != KILL ] || continue
	check "SIG$stop: they end with why" \
		grep -q "\"reason\":\"stopped by SIG$stop\"" "$RESULTS.$stop"
	check "SIG$stop: they blame no program" [ "$(grep -c '"fail"' "$RESULTS.$stop")" = 0 ]
	check "SIG$stop: JUnit is valid" valid_xml "$JUNIT"
	check "SIG$stop: JUnit has what was told before" grep -q 'name="fake.two"' "$JUNIT"
done

# --- --failed --------------------------------------------------------------------

fakes kcmp_test=awkward epoll_test=pass perm_test=crash
for file in json tap; do
	KCMP_BIN=$TMP/bin run "$TOP/run.sh" --failed "$TMP/$file" --list
	check "--failed $file: the tests that failed" \
		printed '^object.vm.same_for_one_task$'
	check "--failed $file: all tests of a program that crashed" \
		[ "$(grep -c '^fake' "$TMP/out")" -ge 2 ]
done
fakes kcmp_test=pass
suite
KCMP_BIN=$TMP/bin run "$TOP/run.sh" --failed "$RESULTS"
check "--failed without a failure is an error" complained 2 "nothing failed in"

# --- --known, --until-fail -----------------------------------------------------------

fakes kcmp_test=awkward epoll_test=pass
printf '# a comment\n\nobject.vm.* broken since 6.1\n' >"$TMP/known"
suite --known "$TMP/known"
check "--known: a run with known failures only is green" exited 0
check "--known: the failure is an XFAIL with its reason" \
	printed '^# ok 2 object.vm.same_for_one_task # XFAIL broken since 6.1$'
check "--known: its program is an XFAIL" printed '^ok 1 selftests: kcmp: kcmp_test # XFAIL$'
check "--known: the sums have it" printed '^# Totals: pass:1 fail:0 xfail:1 xpass:0'
check "--known: the summary has it" told '^known to fail: kcmp_test: object.vm.*: broken since'
check "--known: it has not passed" told ' 3 passed, 0 failed'
check "--known: the results have it" grep -q '"result":"xfail","reason":"broken since 6.1"' "$RESULTS"
check "--known: the results have its text" grep -q '"xfail".*"text":"# fake.c:1' "$RESULTS"
check "--known: the results are valid" valid_json "$RESULTS"
check "--known: JUnit is valid" valid_xml "$JUNIT"
printf 'fake.one was broken\n' >"$TMP/known"
suite --known "$TMP/known"
check "--known: another failure fails" exited 1
check "--known: an unexpected pass is an XPASS" printed '^# ok 1 fake.one # XPASS was broken$'
check "--known: an unexpected pass is told" \
	told '^passed, but is known to fail: kcmp_test: fake.one: was broken$'
fakes kcmp_test=crash
printf '* everything\n' >"$TMP/known"
suite --known "$TMP/known"
check "--known: a crash fails" exited 1
fakes kcmp_test=skip-all
suite --known "$TMP/known"
check "--known: a skip is a skip" exited 4
printf 'fake.one\n' >"$TMP/known"
suite --known "$TMP/known"
check "--known: a line without a reason is an error" complained 2 "no reason for 'fake.one'"
suite --known "$TMP/none"
check "--known: a file that is not there is an error" complained 2 'cannot read'

fakes kcmp_test=pass
suite --until-fail --repeat 3
check "--until-fail ends after --repeat rounds" exited 0
check "--until-fail counts rounds" [ "$(grep -c '^run.sh: round .: nothing failed' "$TMP/err")" = 3 ]
check "--until-fail prints one run" [ "$(grep -c '^ok 1 selftests' "$TMP/out")" = 1 ]
cat >"$TMP/bin/kcmp_test" <<-END
#!/bin/bash
# Fails the third time.
[ "\$1" = --list ] || echo >>"$TMP/count"
[ "\$1" = --list ] || [ "\$(wc -l <"$TMP/count")" -lt 3 ] ||
	exec "$TOP/t/runner/fake_program.sh" fail "\$@"
exec "$TOP/t/runner/fake_program.sh" pass "\$@"
END
suite --until-fail
check "--until-fail ends with the first failure" exited 1
check "--until-fail prints the run that failed" printed '^# not ok 2 fake.two$'
check "--until-fail says which round it was" told '^run.sh: this was round 3$'
check "--until-fail leaves the results of that run" grep -q '"id":"fake.two","result":"fail"' "$RESULTS"
fakes kcmp_test=skip-all
suite --until-fail
check "--until-fail ends when everything is skipped" exited 4
fakes kcmp_test=hang
KCMP_BIN=$TMP/bin "$TOP/run.sh" --until-fail </dev/null >"$TMP/out" 2>"$TMP/err" &
pid=$!
await process_with "$KCMP_TEST_SLEEP" >/dev/null
kill -TERM $pid
wait $pid
STATUS=$?
check "--until-fail can be stopped" exited 143
check "--until-fail leaves no process" await none_with "$KCMP_TEST_SLEEP"

# --- choosing tests, with the real programs ------------------------------------------

run "$TOP/run.sh" --list
cp "$TMP/out" "$TMP/ids"

count()
{
	run "$TOP/run.sh" --list "$@"
	wc -l <"$TMP/out"
}

begins()
{
	grep -c "^$1" "$TMP/ids"
}

# A fixture with variants that is there, whatever the tests are called.
id=$(grep -m 1 '\..*\.' "$TMP/ids")
fixture=${id%%.*} variant=${id%.*}
check "-r takes what ids begin with" [ "$(count -r "$fixture")" = "$(begins "${fixture}[.]")" ]
check "-r takes fixture and variant" \
	[ "$(count -r "$variant")" = "$(begins "${variant}[.]")" ]
check "-x leaves tests out" \
	[ "$(count -x "$fixture")" = $(($(begins '') - $(begins "${fixture}[.]"))) ]
check "-x leaves tests out of -r" [ "$(count -r "$fixture" -x "$variant")" = \
	$(($(begins "${fixture}[.]") - $(begins "${variant}[.]"))) ]
run "$TOP/run.sh" -r "$fixture" -x '*'
check "no selected test is an error" complained 2 "no test is selected"
run "$TOP/run.sh" -x nonsense
check "-x that matches nothing is an error" complained 2 "no test matches 'nonsense'"
run "$TOP/run.sh" -r "${id}s"
check "a misspelt name is followed by one that is there" \
	complained 2 "did you mean ${id//./[.]}"
run "$TOP/run.sh" --list -v -r "$id"
check "--list -v has id, program and rule" printed "^$id	[a-z]*_test	[A-Z]"
run "$TOP/run.sh" --explain "$(awk -F '\t' '/^M15/ { getline; print substr($2, 3) }' \
	"$TOP/doc/behaviours.txt")"
check "--explain has the program" printed ' ([a-z]*_test)$'
check "--explain has the rules" printed '^  rule: M15 .*'
check "--explain quotes doc/errata" printed '^ *struct kcmp_epoll_slot'
check "--explain has the commands" printed 'strace -f -e trace=kcmp .*_test -r'
check "--explain has what is known of mistakes in the kernel" printed '^  broken by: '

# explain_with FILE ID: with such a list of what mutants were seen by.
explain_with()
{
	mkdir -p "$TMP/mutants"
	cp "$TOP/proof/mutants/kcmp.edits" "$TMP/mutants"
	printf '%s\n' "$1" >"$TMP/mutants/seen_by"
	echo "kcmp_test $2" >"$TMP/id"
	run awk -v "mutants=$TMP/mutants" -v "rules=$TOP/doc/behaviours.txt" \
		-f "$TOP/runner/rules.awk" -f "$TOP/runner/errata.awk" \
		-f "$TOP/runner/suspects.awk" -f "$TOP/runner/explain.awk" "$TMP/id"
}
readonly SEEN='kcmp/order_of_16_bits kcmp_test object.vm.same_for_one_task'
explain_with "$SEEN" object.vm.same_for_one_task
check "--explain names the function that a seen mutant is in" printed \
	'^  broken by: *a mistake in kptr_obfuscate() in kernel/kcmp.c: order_of_16_bits$'
explain_with "$SEEN" object.fs.same_for_one_task
check "--explain names those of tests with the same rule" printed \
	'by object.vm.same_for_one_task, of the same rule:'
explain_with "$SEEN" nonsense.id
check "--explain says that no mutant was seen" printed '^  broken by: *no mutant was seen'
explain_with '' object.vm.same_for_one_task
check "--explain says that there is no list" printed '^  broken by: *unknown: no proof'
run "$TOP/run.sh" --explain nonsense
check "--explain of what is not there is an error" complained 2 "no test matches"
run "$TOP/run.sh" --version
check "--version" printed '^kcmp suite '

# --- a terminal ----------------------------------------------------------------------

if command -v script >/dev/null; then
	fakes kcmp_test=pass
	export KCMP_BIN=$TMP/bin
	run script -qec "$TOP/run.sh" /dev/null
	check "on a terminal there is no TAP" [ "$(grep -c 'ok 1 fake' "$TMP/out")" = 0 ]
	check "on a terminal there is progress" printed 'of 2 tests'
	check "on a terminal there are the sums" printed '2 passed, 0 failed'
	run script -qec "$TOP/run.sh -v" /dev/null
	check "-v prints TAP on a terminal" printed 'ok 1 fake'
else
	skip "on a terminal there is progress" "needs script(1)"
fi

finish
