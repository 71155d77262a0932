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
	order-by-count          kcmp_test stable_order.*.same_after_execve_of_caller stable_order.*.same_for_every_caller file_test file_order.*
	order-by-caller         kcmp_test object.*.same_answer_for_every_caller
	order-by-tid            kcmp_test stable_order.*.same_after_execve_of_caller stable_order.*.same_for_every_caller
	order-by-holder         file_test file_order.*
	order-by-toff           epoll_test global.order_does_not_follow_addresses
	order-of-epoll          epoll_test epoll_target.order_is_that_of_kcmp_file
	order-of-epoll-*        epoll_test epoll_target.* epoll_toff.* epoll_tasks.*
	order-by-fd             file_test file_order.*
	order-by-pid-of-*       kcmp_test object.*.order_follows_the_object stable_order.*.same_after_execve_of_caller stable_order.*.same_for_every_caller
	wrong-1-in-100          kcmp_test object.* unshare_test unshare.* epoll_test epoll_target.* stress_test storm.*
	wrong-1-in-*            kcmp_test object.* unshare_test unshare.* epoll_test epoll_target.* perm_test refused_access.*
	e*-1-in-50              kcmp_test object.* unshare_test unshare.* epoll_test epoll_target.* perm_test refused_access.*
	esrch-*-only-else-*     kcmp_test unused_pid.zero.* perm_test same_user.esrch_comes_before_eperm
	eperm-*-only-else-*     perm_test same_user.refused_while_not_dumpable refused_access.other_uid.*
	ebadf-*-only-else-*     file_test bad_fd.closed.* kcmp_test zombie.* epoll_test epoll_tasks.*
	esrch-last-*            kcmp_test unused_pid.zero.*
	eperm-last-*            perm_test same_user.*
	eperm-*-before-esrch    perm_test same_user.esrch_comes_before_eperm
	file-leader-*           file_test fd.thread_has_its_own_table
	epoll-leader-*          epoll_test epoll_tasks.thread_id_means_table_of_thread
	leader-for-*            kcmp_test pid.*
	thread-different-same-sighand clone_test spawn.*
	thread-for-*            file_test fd.thread_has_its_own_table
	eperm-of-leader-*       perm_test users.*
	file-tables-exchanged   file_test fd.*
	file-*                  file_test fd.*
	epoll-*                 epoll_test epoll_tasks.*
	caller-differs-file     file_test file.pipe.*
	itself-differs-file     file_test file.pipe.*
	caller-differs-*        kcmp_test object.*.same_for_one_task
	itself-differs-*        kcmp_test object.*.same_for_one_task
	*-for-first             kcmp_test object.*
	*-for-second            kcmp_test object.*
	type-low-*              kcmp_test bad_type.*
	type-wi*                kcmp_test bad_type.*
	type-has-64-bits-file    file_test file.pipe.* fd.*
	pid[12]-has-64-bits-file file_test file.pipe.* fd.*
	type-has-64-bits-epoll  epoll_test *
	pid[12]-has-64-bits-epoll epoll_test *
	type-has-64-bits-*      kcmp_test object.*
	pid[12]-has-64-bits-*   kcmp_test object.*
	fd-low-16-bits          file_test fd.any_number_works bad_fd.*
	fd-2^20-accepted        file_test bad_fd.beyond*
	fd-2^31-accepted        file_test bad_fd.*
	fd-2^32-accepted        file_test bad_fd.ulong_max.*
	fd-*                    file_test fd.any_number_works bad_fd.*
	idx?-for-idx?           file_test fd.*
	indices-exchanged       file_test fd.*
	idx[12]-counts-*        kcmp_test object.*.indices_are_ignored
	indices-compared        kcmp_test object.*.indices_are_ignored
	self-needs-no-permission perm_test same_user.*
	self-needs-no-type      kcmp_test bad_type.*
	self-needs-no-fd        file_test bad_fd.*
	self-needs-no-task      kcmp_test unused_pid.*
	thread-*-epoll          epoll_test epoll_tasks.thread_id_means_table_of_thread
	thread-*-file           file_test fd.thread_has_its_own_table
	thread-*-files          kcmp_test pid.*
	thread-*-fs             kcmp_test pid.*
	thread-same-differs-io  unshare_test thread.*
	thread-*-io             clone_test spawn.*
	thread-*-sysvsem        clone_test spawn.* unshare_test thread.*
	thread-*                kcmp_test pid.*
	own-thread-eperm        perm_test same_user.own_threads_are_not_checked users.own_thread*
	zombie-eperm-allowed    perm_test users.*
	zombie-*                kcmp_test zombie.* exited_leader.*
	foreign-eperm           perm_test same_user.*
	third-party-eperm       perm_test same_user.*
	children-only           perm_test same_user.*
	namespace-*             kcmp_test pidns.* unshared_pidns.*
	toff-*                  epoll_test epoll_toff.*
	tfd-*                   epoll_test epoll_target.*
	efd-*                   epoll_test epoll_target.*
	slot-of-second-task     epoll_test epoll_tasks.*
	slot-*                  epoll_test epoll_slot.*
	*-as-*                  kcmp_test object.TYPE.*
	any=*                   kcmp_test pid.*
	0=EPERM                 kcmp_test pid.* unshare_test exec.* epoll_test epoll_target.* perm_test same_user.*
	0=*                     kcmp_test pid.* unshare_test exec.* epoll_test epoll_target.*
	different=[123]         kcmp_test order.*
	different=*             kcmp_test pid.* unshare_test exec.* epoll_test epoll_target.other_file_is_different perm_test same_user.*
	[12]=*                  kcmp_test order.*
	EPERM=[01]              perm_test same_user.refused_while_not_dumpable exec_race.vm.check_is_atomic exec_race.sighand.check_is_atomic
	EPERM=*                 perm_test same_user.refused_while_not_dumpable
	ENOENT=*                epoll_test epoll_target.unregistered_number_is_enoent
	ESRCH=*                 kcmp_test unused_pid.zero.*
	EBADF=*                 file_test bad_fd.closed.* epoll_test epoll_target.*
	EFAULT=*                epoll_test epoll_slot.null_and_unmapped_are_efault
	EINVAL=*                kcmp_test bad_type.minus_one.* epoll_test epoll_target.non_epoll_instance_is_einval
	epoll:different=[123]   epoll_test epoll_target.order_is_that_of_kcmp_file
	epoll:0=*               epoll_test epoll_target.other_file_is_different
	epoll:d*=*              epoll_test epoll_target.other_file_is_different
	epoll:EBADF=*           epoll_test epoll_target.*
	epoll:EINVAL=*          epoll_test epoll_target.non_epoll_instance_is_einval
	epoll:ENOENT=*          epoll_test epoll_target.unregistered_number_is_enoent
	epoll:EFAULT=*          epoll_test epoll_slot.null_and_unmapped_are_efault
	*:EPERM=*               perm_test refused_access.other_uid.*
	bad:EINVAL=*            kcmp_test bad_type.minus_one.*
	*:ESRCH=*               kcmp_test unused_pid.zero.*
	*:different=[123]       kcmp_test order.TYPE.*
	file:EBADF=*            file_test bad_fd.closed.*
	file:*                  file_test file.pipe.*
	*:*                     kcmp_test object.TYPE.*
	END
}

# Rules that no test sees, each with the reason.
holes()
{
	cat <<-'END'
	order-by-toff           the order of toff and the random order agree by chance too often
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
	out=$(timeout -k 5 200 "$INJECTOR" "$rule" "$TOP/$program" "${globs[@]}" \
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
