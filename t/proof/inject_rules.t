#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Each fault of kcmp_inject --list turns a test red that is there for it; without a
# fault the tracer changes nothing.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

readonly INJECTOR=$TMP/injector
export INJECTOR TOP

# The tests that see each rule: a pattern, then programs, each with the tests.  The
# first line that fits a rule counts; TYPE stands for the type that it names.
table()
{
	cat <<-'END'
	order-by-pair           kcmp_test order.*
	order-by-count          kcmp_test order_for.* file_order.*
	order-by-caller         kcmp_test object.*.same_answer_for_every_caller
	order-by-tid            kcmp_test order_for.*
	order-by-holder         kcmp_test file_order.*
	order-by-toff           epoll_test global.toff_order*
	order-of-epoll          epoll_test tfd.order*
	order-of-epoll-*        epoll_test tfd.* toff.* across.*
	order-by-fd             kcmp_test file_order.*
	order-by-pid-of-*       kcmp_test object.*.order_is_that_of_the_object_not_of_the_tasks order_for.*
	wrong-1-in-100          kcmp_test object.* clone_test unshare.* epoll_test tfd.* stress_test storm.*
	wrong-1-in-*            kcmp_test object.* clone_test unshare.* epoll_test tfd.* perm_test refused.*
	e*-1-in-50              kcmp_test object.* clone_test unshare.* epoll_test tfd.* perm_test refused.*
	esrch-*-only-else-*     kcmp_test no_task.zero.* perm_test own.missing*
	eperm-*-only-else-*     perm_test own.process_is_refused* refused.other_uid.*
	ebadf-*-only-else-*     kcmp_test bad_fd.closed.* zombie.* epoll_test across.*
	esrch-last-*            kcmp_test no_task.zero.*
	eperm-last-*            perm_test own.* refused.other_uid.*
	eperm-*-before-esrch    perm_test own.missing*
	file-leader-*           kcmp_test fd.of_a_thread*
	epoll-leader-*          epoll_test across.thread*
	leader-for-*            kcmp_test pid.*
	thread-different-same-sighand clone_test spawn.*
	thread-for-*            kcmp_test dead_leader.* fd.of_a_thread* pid.*
	eperm-of-leader-*       perm_test users.*
	file-tables-exchanged   kcmp_test fd.*
	file-*                  kcmp_test fd.* file.pipe.*
	epoll-*                 epoll_test across.*
	caller-differs-file     kcmp_test file.pipe.*
	itself-differs-file     kcmp_test file.pipe.*
	caller-differs-*        kcmp_test object.*.same_for_one_task
	itself-differs-*        kcmp_test object.*.same_for_one_task
	*-for-first             kcmp_test object.* pid.*
	*-for-second            kcmp_test object.* pid.*
	type-low-*              kcmp_test bad_type.*
	type-wi*                kcmp_test bad_type.*
	type-has-64-bits-epoll  epoll_test *
	pid[12]-has-64-bits-epoll epoll_test *
	type-has-64-bits-*      kcmp_test object.* file.pipe.* fd.*
	pid[12]-has-64-bits-*   kcmp_test object.* file.pipe.* fd.*
	fd-low-16-bits          kcmp_test fd.any_number_works bad_fd.*
	fd-2^20-accepted        kcmp_test bad_fd.beyond*
	fd-2^31-accepted        kcmp_test bad_fd.*
	fd-2^32-accepted        kcmp_test bad_fd.ulong_max.*
	fd-*                    kcmp_test fd.any_number_works bad_fd.*
	idx?-for-idx?           kcmp_test fd.*
	indices-exchanged       kcmp_test fd.*
	idx[12]-counts-*        kcmp_test object.*.indices_are_ignored
	indices-compared        kcmp_test object.*.indices_are_ignored
	self-needs-no-permission perm_test own.* users.*
	self-needs-no-type      kcmp_test bad_type.*
	self-needs-no-fd        kcmp_test bad_fd.*
	self-needs-no-task      kcmp_test no_task.*
	thread-*-epoll          epoll_test across.thread*
	thread-*-file           kcmp_test fd.of_a_thread*
	thread-*-files          kcmp_test pid.*
	thread-*-fs             kcmp_test pid.*
	thread-*-io             clone_test spawn.* thread.*
	thread-*-sysvsem        clone_test spawn.* thread.*
	thread-*                kcmp_test pid.*
	own-thread-eperm        perm_test own.threads* users.own_thread*
	zombie-eperm-allowed    perm_test users.zombie*
	zombie-*                kcmp_test zombie.* dead_leader.*
	foreign-eperm           perm_test own.*
	third-party-eperm       perm_test own.*
	children-only           perm_test own.*
	namespace-*             kcmp_test pidns.*
	toff-*                  epoll_test toff.* tfd.toff*
	tfd-*                   epoll_test tfd.* across.*
	efd-*                   epoll_test tfd.* across.*
	slot-of-second-task     epoll_test across.*
	slot-*                  epoll_test slot.*
	*-as-*                  kcmp_test object.TYPE.*
	any=*                   kcmp_test pid.*
	0=EPERM                 kcmp_test pid.* clone_test exec.* epoll_test tfd.d* perm_test own.*
	0=*                     kcmp_test pid.* clone_test exec.* epoll_test tfd.d*
	different=[123]         kcmp_test order.*
	different=*             kcmp_test pid.* clone_test exec.* epoll_test tfd.a* perm_test own.*
	[12]=*                  kcmp_test order.*
	EPERM=[01]              perm_test own.process_is_refused* perm_test window.vm.* perm_test window.sighand.*
	EPERM=*                 perm_test own.process_is_refused*
	ENOENT=*                epoll_test tfd.unregistered*
	ESRCH=*                 kcmp_test no_task.zero.*
	EBADF=*                 kcmp_test bad_fd.closed.* epoll_test tfd.closed*
	EFAULT=*                epoll_test slot.null*
	EINVAL=*                kcmp_test bad_type.minus_one.* epoll_test tfd.instance_that*
	epoll:different=[123]   epoll_test tfd.order*
	epoll:0=*               epoll_test tfd.another*
	epoll:d*=*              epoll_test tfd.another*
	epoll:EBADF=*           epoll_test tfd.closed*
	epoll:EINVAL=*          epoll_test tfd.instance_that*
	epoll:ENOENT=*          epoll_test tfd.unregistered*
	epoll:EFAULT=*          epoll_test slot.null*
	*:EPERM=*               perm_test refused.other_uid.*
	bad:EINVAL=*            kcmp_test bad_type.minus_one.*
	*:ESRCH=*               kcmp_test no_task.zero.*
	*:different=[123]       kcmp_test order.TYPE.*
	file:EBADF=*            kcmp_test bad_fd.closed.*
	file:*                  kcmp_test file.pipe.*
	*:*                     kcmp_test object.TYPE.*
	END
}

# Rules that no test sees, each with the reason.
holes()
{
	cat <<-'END'
	END
}

# Prints why no test sees a rule, or nothing.
hole()
{
	local pattern reason

	while read -r pattern reason; do
		# shellcheck disable=SC2053
		[[ $1 != $pattern ]] || echo "$reason"
	done < <(holes)
}

# Prints the programs and tests for a rule.
tests_for()
{
	local pattern tests type=${1%%:*}

	while read -r pattern tests; do
		# shellcheck disable=SC2053
		[[ $1 == $pattern ]] || continue
		echo "${tests//TYPE/${type%%-as-*}}"
		return
	done < <(table)
}

# fault RULE PROGRAM TEST...: prints "seen" when the program is red, and what it
# did otherwise.
fault()
{
	local rule=$1 program=$2 globs=() test out status

	shift 2
	for test; do
		globs+=(-r "$test")
	done
	out=$(timeout -k 5 60 "$INJECTOR" "$rule" "$TOP/$program" "${globs[@]}" \
		</dev/null 2>&1)
	status=$?
	if [ $status = 1 ] && grep -q '^not ok' <<<"$out"; then
		echo seen
	else
		echo "status $status, $(grep -c '^not ok' <<<"$out") not ok"
	fi
}
export -f fault

# Reads lines of RULE PROGRAM TEST..., prints each and what came of it.
fault_by_line()
{
	# shellcheck disable=SC2016
	xargs -P "$(nproc)" -d '\n' -n 1 bash -f -c \
		'echo "$0: $(fault $0)"'
}

# Prints a line for each program that is to see a rule.
lines()
{
	local rule word line

	while read -r rule; do
		line=
		for word in $(tests_for "$rule"); do
			case $word in
			*_test)
				[ -z "$line" ] || echo "$line"
				line="$rule $word" ;;
			*)
				line+=" $word" ;;
			esac
		done
		echo "${line:-$rule nobody}"
	done
}

# Prints the programs that the running run.sh would run.
programs()
{
	sed -n 's/^TEST_GEN_PROGS := //p' "$TOP/Makefile"
}

# gone PID...: whether none of them is there, but for zombies.
gone()
{
	local pid

	for pid; do
		[ ! -e "/proc/$pid" ] ||
			grep -q '^State:[[:space:]]*Z' "/proc/$pid/status" 2>/dev/null ||
			return 1
	done
}

run cc -Wall -Wextra -Werror -O2 -o "$INJECTOR" "$TOP/proof/inject/kcmp_inject.c" "$TOP/proof/inject/rules.c"
check "the injector builds" exited 0
exited 0 || {
	finish
	exit
}

run "$INJECTOR" none sh -c 'exit 42'
check "it exits as the program does" exited 42
# shellcheck disable=SC2016
run bash -c '"$INJECTOR" none sh -c "kill -KILL \$\$"; exit $?'
check "it dies as the program does" exited 137
run bash -c 'timeout -s KILL 1 "$@"; exit $?' - "$INJECTOR" none sh -c 'sleep 59 & echo $! $$; wait'
read -ra pids <"$TMP/out"
check "the program dies with it" await gone "${pids[@]}"
run "$INJECTOR" nonsense true
check "it knows no nonsense" exited 2

for program in $(programs); do
	run "$INJECTOR" none "$TOP/$program"
	check "$program is green under the injector" exited 0
done

set -f
"$INJECTOR" --list | grep -vx none | lines >"$TMP/lines"
fault_by_line <"$TMP/lines" >"$TMP/reported"
sort -o "$TMP/reported" "$TMP/reported"
sort "$TMP/lines" >"$TMP/expected"
sed 's/: [^:]*$//' "$TMP/reported" >"$TMP/seen"
check "every rule was reported" same "$TMP/expected" "$TMP/seen"
while IFS= read -r line; do
	reason=$(hole "${line%% *}")
	if [ -n "$reason" ] && [ "${line##*: }" = "status 0, 0 not ok" ]; then
		skip "${line%: *}" "not seen: $reason"
		continue
	fi
	check "${line%: *}" [ "${line##*: }" = seen ]
done <"$TMP/reported"

finish
