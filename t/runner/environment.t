#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh takes nothing from the environment but what README lists: with every
# variable of its scripts set to a hostile value, and however it ends, no
# directory and no process of the caller is touched, and the status is the
# documented one.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

run_sh=${RUN_SH:-$TOP/run.sh}
export KCMP_TEST_SLEEP=1000.$$

# Prints the names of all variables in the scripts, but for those that README
# lists, those of this test, and those that bash itself keeps.
names()
{
	local top=${run_sh%/*}

	sed 's/[{}"]/ & /g' "$top"/run.sh "$top"/runner/*.sh "$top"/vm/*.sh 2>/dev/null |
		grep -oE '(\$[{] *[!#]?|\$|\b)[A-Za-z_][A-Za-z0-9_]*' |
		grep -oE '[A-Za-z_][A-Za-z0-9_]*' | sort -u |
		grep -vxE 'KCMP_.*|KSFT_DIR|PATH|HOME|TMPDIR|XDG_CACHE_HOME' |
		grep -vxE 'CC|LLVM|ARCH|CROSS_COMPILE|USERC?L?D?FLAGS|KHDR_INCLUDES' |
		grep -vxE 'CCACHE_DIR|LD_PRELOAD|LD_LIBRARY_PATH|.*_proxy' |
		grep -vxE 'BASH.*|_|RUN_SH|LC_ALL|SHLVL'
}

# Programs that pass, and programs that hang.
fakes()
{
	local program

	mkdir "$TMP/$1"
	for program in kcmp_test epoll_test stress_test; do
		printf '#!/bin/bash\nexec %q %q "$@"\n' \
			"$TOP/t/runner/fake_program.sh" "$1" >"$TMP/$1/$program"
		chmod +x "$TMP/$1/$program"
	done
}

# What is precious: a directory, and a process that leads a session.
precious()
{
	mkdir -p "$TMP/precious"
	echo data >"$TMP/precious/file"
	setsid sleep "$KCMP_TEST_SLEEP"9 </dev/null >/dev/null 2>&1 &
	SLEEPER=$!
	await in_own_session "$SLEEPER"
}

in_own_session()
{
	[ "$(cut -d ' ' -f 6 "/proc/$1/stat")" = "$1" ]
}

untouched()
{
	[ "$(cat "$TMP/precious/file")" = data ] &&
		kill -0 "$SLEEPER" && in_own_session "$SLEEPER"
}

# hostile VALUE: sets HOSTILE to an env(1) command that exports all names.
hostile()
{
	local name

	HOSTILE=(env --default-signal=INT)
	for name in "${NAMES[@]}"; do
		HOSTILE+=("$name=$1")
	done
}

# Succeeds when make, or a program, hangs.
hangs()
{
	[ -n "$(process_with "$KCMP_TEST_SLEEP")" ]
}

# stopped SIGNAL VARIABLE=VALUE: a run that hangs, and is then sent a signal.
stopped()
{
	local pid

	"${HOSTILE[@]}" "$2" "$run_sh" </dev/null >"$TMP/out" 2>"$TMP/err" &
	pid=$!
	await hangs || echo "it does not hang"
	kill -"$1" "$pid"
	await gone "$pid" || kill -KILL "$pid"
	wait "$pid"
	# shellcheck disable=SC2034
	STATUS=$?
}

# All ways to end, with the environment of HOSTILE.
every_end()
{
	local what=$1 stop when

	run "${HOSTILE[@]}" "KCMP_BIN=$TMP/pass" "$run_sh"
	check "$what: a run that passes" exited 0
	run "${HOSTILE[@]}" "$run_sh" --nonsense
	check "$what: a wrong option" complained 2 nonsense
	run "${HOSTILE[@]}" KSFT_DIR=/nonexistent "$run_sh"
	check "$what: a build that fails" exited 2
	for stop in INT:130 TERM:143 HUP:129; do
		for when in KSFT_DIR=$TMP/hanging_build KCMP_BIN=$TMP/hang; do
			stopped "${stop%:*}" "$when"
			check "$what: SIG${stop%:*}, ${when%=*}" exited "${stop#*:}"
			check "$what: SIG${stop%:*}, ${when%=*}: leaves no process" \
				await none_with "$KCMP_TEST_SLEEP"
		done
	done
	check "$what: directory and process are untouched" untouched
}

mapfile -t NAMES <<<"$(names)"
check "the scripts have variables" [ ${#NAMES[@]} -gt 50 ]
fakes pass
fakes hang
mkdir "$TMP/hanging_build"
# shellcheck disable=SC2016
printf '$(shell sleep %s)\n' "$KCMP_TEST_SLEEP" >"$TMP/hanging_build/lib.mk"
precious

hostile "$TMP/precious"
every_end "a precious directory"
hostile "$SLEEPER"
every_end "the id of a process"
hostile 0
every_end "0"
# Two lines and a glob; one run of each end is enough for these.
hostile "$TMP/*"$'\n'"-rf $TMP/precious"
every_end "two lines and a glob"

# What changes how shells and tools behave.  run.sh begins with "bash -p", which
# takes none of it.
change="echo changed >'$TMP/precious/file'"
printf '%s; exit 0\n' "$change" >"$TMP/startup"
# shellcheck disable=SC2016
printf '$(shell %s)\n' "$change" >"$TMP/makefile"
SHELL_VARIABLES=(CDPATH="$TMP" IFS=/e POSIXLY_CORRECT=1 TMOUT=1 GLOBIGNORE='*'
	MAKEFLAGS=-n MAKEFILES="$TMP/makefile" MAKELEVEL=3 LC_ALL=C.UTF-8
	LANG=xx GREP_OPTIONS=-v TAR_OPTIONS=--to-command=false XZ_OPT=-k
	AWKPATH=/ "PS4=\$($change)" BASH_XTRACEFD=1 BASH_COMPAT=31 FUNCNEST=1
	HISTFILE="$TMP/precious/file" "PROMPT_COMMAND=$change")
for name in exec . set shift readonly cd pwd echo printf read rm mktemp mkfifo \
	    awk sed grep make gcc env exit trap wait jobs command builtin unset kill \
	    declare local mapfile shopt compgen setsid sh die say; do
	SHELL_VARIABLES+=("BASH_FUNC_$name%%=() { $change; }")
done
OPTIONS=(BASH_ENV="$TMP/startup" ENV="$TMP/startup"
	 BASHOPTS=failglob:nullglob:nocasematch:expand_aliases)
for option in errexit:nounset:noglob noexec verbose:xtrace:posix; do
	HOSTILE=(env --default-signal=INT "${SHELL_VARIABLES[@]}" "${OPTIONS[@]}"
		 SHELLOPTS="$option")
	every_end "startup files, functions, $option"
done
# Started by name, bash reads BASH_ENV and some options before run.sh can do
# anything; functions and variables are still without effect.
HOSTILE=(env "${SHELL_VARIABLES[@]}" env -u POSIXLY_CORRECT SHELLOPTS=errexit:noglob)
run "${HOSTILE[@]}" "KCMP_BIN=$TMP/pass" bash "$run_sh"
check "bash run.sh: functions and variables change nothing" exited 0
run "${HOSTILE[@]}" bash "$run_sh" --nonsense
check "bash run.sh: a wrong option" complained 2 nonsense
check "bash run.sh: directory and process are untouched" untouched

eval "$(sed -n '/^readonly ENV_NAMES/,/)$/p' "$TOP/runner/env.sh")"
for name in "${ENV_NAMES[@]}"; do
	check "$name is in README" grep -qw "$name" "$TOP/README"
done

run "$run_sh" --environment-is-clean --help
check "the word that run.sh tells itself is refused" complained 2 "run.sh alone"

# Without HOME, and without a place where HOME says there is one.
mkdir "$TMP/tmp"
run env -i "TMPDIR=$TMP/tmp" "KSFT_DIR=${KSFT_DIR:-}" "$TOP/runner/cache.sh"
check "without HOME the cache is in TMPDIR" \
	printed "^$TMP/tmp/kcmp-cache-$(id -u)\$"
run env -i HOME="$TMP/nobody" "TMPDIR=$TMP/tmp" "$TOP/runner/cache.sh"
check "a HOME that is not there is not made" [ ! -e "$TMP/nobody" ]
check "its cache is in TMPDIR, too" printed "^$TMP/tmp/kcmp-cache-$(id -u)\$"
run env -i KCMP_BIN="$TMP/pass" "$run_sh"
check "an empty environment will do" exited 0

disown "$SLEEPER"
kill -KILL "$SLEEPER"

# Each tool that is missing is named with its package, before a program starts.
eval "$(sed -n '/^check_tools/,/^}/p; /^package_of/,/^}/p' "$TOP/runner/tools.sh")"
need_tools()
{
	printf '%s\n' "$@"
}
for tool in env $(check_tools); do
	rm -rf "$TMP/path"
	mkdir "$TMP/path"
	for other in env bash nproc git date setpriv $(check_tools); do
		[ "$other" = "$tool" ] || ln -s "$(command -v "$other")" \
			"$TMP/path/$other" 2>/dev/null
	done
	KCMP_BIN=$TMP/pass run env PATH="$TMP/path" "$run_sh"
	check "no $tool: one line names the package" \
		complained 2 "no $tool: .*apt-get install $(package_of "$tool")"
done

# A /dev without fd, stdin and stdout.
if unshare -m true 2>/dev/null; then
	# shellcheck disable=SC2016
	KCMP_BIN=$TMP/pass run unshare -m bash -c '
		mount -t tmpfs tmpfs /dev && mknod -m 666 /dev/null c 1 3 && exec "$@"
	' dev "$run_sh" --junit "$TMP/junit.xml"
	check "neither /dev/fd nor /dev/stdout is needed" exited 0
	# shellcheck disable=SC2016
	KCMP_BIN=$TMP/pass run unshare -m bash -c '
		mount -t tmpfs tmpfs /dev && exec "$@"' dev "$run_sh"
	check "no /dev/null is an error" complained 2 "no /dev/null"
else
	skip "neither /dev/fd nor /dev/stdout is needed" "needs CAP_SYS_ADMIN"
fi
finish
