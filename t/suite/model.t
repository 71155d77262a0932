#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# model_test repeats what a seed says, and sees a kernel that answers by a false
# rule (kcmp_inject --list).
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

readonly MODEL=$TOP/model_test INJECT=$TMP/inject

# The operations that a run prints.
steps()
{
	cat "$TMP/out" "$TMP/err" | grep $'^#\t'
}

differ()
{
	! cmp -s "$1" "$2"
}

trace()
{
	run "$MODEL" --trace -r 'model.objects.*' "$@"
}

# A rule, and the test that has to see it: within ten seconds where the machine is
# not busy.
table()
{
	cat <<-'END'
	vm-as-files                 objects
	sysvsem:different=0         objects
	thread-different-same-files objects
	zombie-different-same-vm    objects
	leader-for-first            objects
	file-first-for-second       descriptors
	fd-low-8-bits               errors
	tfd-is-what-is-there        epoll
	toff-plus-1                 epoll
	order-of-epoll-with-toff    epoll
	order-by-pair               order
	order-of-epoll              order
	self-needs-no-permission    permission
	EPERM=0                     permission
	namespace-esrch             pids
	ESRCH=0                     pids
	type-low-byte               errors
	slot-of-8-bytes             errors
	END
}

can_run()
{
	run "$MODEL" --steps 1 -r "model.$1.*"
	exited 0 && ! grep -q '^# .*left out: .*pid namespaces' "$TMP/out"
}

sees()
{
	run "$INJECT" "$1" "$MODEL" --seconds 60 -r "model.$2.*"
	exited 1 && printed "^not ok 1 model.$2."
}

run cc -O2 -o "$INJECT" "$TOP/proof/inject/kcmp_inject.c" \
	"$TOP/proof/inject/rules.c"
check "kcmp_inject builds" exited 0

trace --seed 7 --steps 128
check "a run agrees with the kernel" exited 0
steps >"$TMP/first"
check "--trace prints the operations" test -s "$TMP/first"
trace --seed 7 --steps 128
steps >"$TMP/second"
check "the same seed, the same operations" same "$TMP/first" "$TMP/second"
trace --seed 8 --steps 128
steps >"$TMP/second"
check "another seed, other operations" differ "$TMP/first" "$TMP/second"
run "$MODEL" --steps 1 --seed random -r 'model.errors.*'
check "--seed random prints what it drew" \
	printed '^# model.errors: --seed [0-9]'

run "$MODEL" --seed one
check "--seed wants a number" complained 1 '^model_test: --seed wants'
run "$MODEL" --steps 0
check "--steps wants a number" complained 1 '^model_test: --steps wants'
run "$MODEL" --seconds
check "--seconds wants a number" complained 1 '^model_test: --seconds wants'

run "$INJECT" files:different=0 "$MODEL" --seed 3 -r 'model.objects.*'
check "a wrong answer is a failure" exited 1
cat "$TMP/out" "$TMP/err" >"$TMP/failure"
run cat "$TMP/failure"
check "a failure names the seed and a shorter sequence" \
	printed '^# --seed [0-9]*, step [0-9]*: [0-9]* of [0-9]* operations'
check "a failure names the rule and its page" printed '^# *rule: kcmp(2)'
seed=$(sed -n 's/^# --seed \([0-9]*\),.*/\1/p' "$TMP/failure")
run "$INJECT" files:different=0 "$MODEL" --seed "${seed:-0}" --steps 64 \
	-r 'model.objects.*'
check "the seed of a failure fails again" exited 1

# Rules name rows of doc/behaviours.txt: "... (EP-03, EP-05)".
grep -ohE '\(([A-Z]+-)*[A-Z]+-?[0-9]+(, ([A-Z]+-)*[A-Z]+-?[0-9]+)*\)"' "$TOP"/model*.c |
	tr -d '() "' | tr ',' '\n' | sort -u >"$TMP/named"
check "the rules of the model name rows" test -s "$TMP/named"
cut -f 1 "$TOP/doc/behaviours.txt" | sort -u | comm -23 "$TMP/named" - >"$TMP/out"
check "each of these rows is in doc/behaviours.txt" same /dev/null "$TMP/out"

while read -r rule test; do
	if can_run "$test"; then
		check "model.$test sees $rule" sees "$rule" "$test"
	else
		skip "model.$test sees $rule" "needs what model.$test needs"
	fi
done < <(table)
finish
