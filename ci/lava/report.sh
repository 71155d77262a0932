#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# report.sh RESULTS STATUS RAISE: tells LAVA each result of a file of results, with
# the commands that it puts on a device; the results of a program are a test set.
# "run" is the run itself, by the exit status of run.sh: 0 passed, 4 skipped, others
# failed; 3 (no verdict) and 2 (the suite could not run) are unknown.  If RAISE is
# "yes", a failed run ends the job.
set -u
results=$1 status=$2 raise=$3
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..

# A name of LAVA is of [a-zA-Z0-9._-].
awk -f "$top/runner/json.awk" -f "$top/runner/cases.awk" -f "$here/cases.awk" "$results" |
{
	set=''
	while read -r program id result; do
		if [ "$program" != "$set" ]; then
			[ -z "$set" ] || lava-test-set stop
			lava-test-set start "$program"
			set=$program
		fi
		lava-test-case "$id" --result "$result"
	done
	[ -z "$set" ] || lava-test-set stop
}
case $status in
0) result=pass ;;
4) result=skip ;;
2 | 3) result=unknown ;;
*) result=fail ;;
esac
lava-test-case run --result "$result"
if [ "$raise" = yes ] && [ $result = fail ]; then
	lava-test-raise kcmp-failed
fi
