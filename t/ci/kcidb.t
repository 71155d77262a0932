#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The report for KernelCI's KCIDB, made of a file of results.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

readonly RESULTS=$TMP/results.json

if ! command -v jq >/dev/null; then
	skip "kcidb" "needs jq"
	finish
	exit
fi

cat >"$RESULTS" <<'END'
{"type":"begin","time":"2026-01-01T00:00:00Z","command":"run.sh"}
{"type":"fact","name":"suite","value":"1234567"}
{"type":"fact","name":"kernel","value":"Linux 6.1.0 #1 SMP x86_64"}
{"type":"test","program":"kcmp_test","id":"a.b","result":"pass","reason":"","text":"","rule":"","kernel":"6.1.0","ms":12}
{"type":"test","program":"kcmp_test","id":"a.c","result":"fail","reason":"","text":"# kcmp(1, 2)\n\u00ff\"","rule":"M3 x","kernel":"6.1.0"}
{"type":"test","program":"kcmp_test","id":"a.d","result":"skip","reason":"needs CONFIG_EPOLL","text":"","rule":"","kernel":"6.1.0"}
{"type":"test","program":"kcmp_test","id":"a.x","result":"xfail","reason":"bug 5","text":"# kcmp","rule":"","kernel":"6.1.0"}
{"type":"program","program":"kcmp_test","result":"fail","comment":"exit=1","detail":""}
{"type":"test","program":"epoll_test","id":"e.b","result":"pass","reason":"","text":"","rule":"","kernel":"6.1.0"}
{"type":"program","program":"epoll_test","result":"fail","comment":"exit=139","detail":"it has 1 results for a plan of 2"}
{"type":"program","program":"perm_test","result":"skip","comment":"SKIP not run: the guest panicked","detail":""}
{"type":"program","program":"guest","result":"fail","comment":"the guest panicked after epoll_test","detail":""}
{"type":"end","passed":2,"failed":1,"skipped":1,"reason":""}
{"type":"begin","time":"2026-01-01T00:00:00Z","command":"run.sh"}
{"type":"fact","name":"suite","value":"1234567"}
{"type":"program","program":"guest","result":"fail","comment":"no verdict: the guest did not boot","detail":""}
{"type":"end","passed":0,"failed":0,"skipped":0,"reason":""}
{"type":"begin","time":"2026-01-01T00:00:00Z","command":"run.sh"}
{"type":"fact","name":"suite","value":"1234567"}
{"type":"fact","name":"kernel","value":"Linux 6.1.0 #1 SMP x86_64"}
{"type":"test","program":"kcmp_test","id":"a.b","result":"pass","reason":"","text":"","rule":"","kernel":"6.1.0"}
{"type":"test","program":"kcmp_test","id":"a.c","result":"pa
END

# report [OPTION]...: makes it.
report()
{
	run "$TOP/ci/kcidb" "$@" "$RESULTS"
	cp "$TMP/out" "$TMP/report"
}

# has FILTER: whether jq finds it true.
has()
{
	jq -e "$1" "$TMP/report"
}

by_the_rules()
{
	[ -s "$TMP/report" ] && [ -z "$(jq -r -f "$TOP/t/ci/kcidb_rules.jq" "$TMP/report" 2>&1 |
		tee /dev/stderr)" ]
}

report
check "there is a report" exited 0
check "it keeps the rules of the schema" by_the_rules
check "each status is there as often as it should" has \
	'[.tests[].status] | group_by(.) | map([.[0], length]) ==
	 [["ERROR",1],["FAIL",4],["MISS",1],["PASS",3],["SKIP",2]]'
check "the path is program and id" has '.tests[0].path == "kselftest.kcmp.kcmp_test.a.b"'
check "a failure has its text" has '.tests[1].log_excerpt == "# kcmp(1, 2)\n\u00ff\""'
check "a failure has its rule" has '.tests[1].misc.rule == "M3 x"'
check "a skip has its reason" has '.tests[2].comment == "needs CONFIG_EPOLL"'
check "a known failure is marked" has '.tests[3] | .comment == "bug 5" and .misc.known'
check "milliseconds are seconds" has '.tests[0].duration == 0.012'
check "a crash is a failure" has '.tests[5] | .status == "FAIL" and .comment == "exit=139" and
	.path == "kselftest.kcmp.epoll_test"'
check "a guest that does not boot is a miss" has \
	'.tests[] | select(.status == "MISS") | .path == "kselftest.kcmp.guest"'
check "a run that was cut off is an error" has \
	'.tests[] | select(.status == "ERROR") | .path == "kselftest.kcmp"'
check "facts are in the environment" has '.tests[0].environment.misc.suite == "1234567"'
check "builds have an architecture" has '.builds[0].architecture == "x86_64"'

report --origin my_lab --build other:build-5 --log https://example.org/log
check "with --build, it keeps the rules" by_the_rules
check "with --build, there is no build" has '(has("builds") or has("checkouts") | not) and
	([.tests[].build_id] | unique == ["other:build-5"])'
check "--origin is that of all" has '[.tests[].origin] | unique == ["my_lab"]'
report --commit 0123456789012345678901234567890123456789 --tree mainline \
	--repository https://example.org/linux.git --run lab/17
check "with --commit and others, it keeps the rules" by_the_rules
check "--commit is that of the checkout" has \
	'.checkouts[0].git_commit_hash == "0123456789012345678901234567890123456789"'
check "--run is in all ids" has '.tests[0].id == "kcmp:lab/17/0/0"'

# The rules see what is wrong.
for change in '.tests[0].status = "pass"' '.tests[0].id = .tests[1].id' 'del(.tests[0].build_id)' \
	'.tests[0].origin = "A b"' '.tests[0].path = "a b"' '.tests[0].nonsense = 1' \
	'.tests[0].duration = "1"' '.tests[0].comment = null' '.version.major = 4' \
	'.builds[0].checkout_id = "kcmp:none"' '.tests[0].start_time = "today"' \
	'.tests[0].environment.nonsense = 1' '.checkouts[0].git_commit_hash = "123"'; do
	jq "$change" "$TMP/out" >"$TMP/report"
	check "the rules refuse $change" [ -n "$(jq -r -f "$TOP/t/ci/kcidb_rules.jq" "$TMP/report")" ]
done

mistake()
{
	local what=$1 pattern=$2

	shift 2
	run "$TOP/ci/kcidb" "$@"
	check "$what is an error" complained 2 "$pattern"
}
mistake "no such file" "cannot read" /nonexistent
mistake "another file" "is no file of" "$TOP/README"
mistake "an odd origin" "origin is of" --origin 'my lab' "$RESULTS"
mistake "an odd build" "build is ORIGIN:ID" --build 5 "$RESULTS"
mistake "a short commit" "is a whole hash" --commit 1234567 "$RESULTS"
run "$TOP/ci/kcidb" --help
check "--help" printed '^kcidb \[OPTION\]'

finish
