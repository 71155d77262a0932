# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh with its arguments: makes the environment a known one.  The
# first time, env_restart() starts run.sh again with the variables that README
# lists and no others, by a shell that imports no functions and no options
# (bash -p).  The second time is known by the first argument, CLEAN, and
# env_check() sees that it is true.

readonly CLEAN=--environment-is-clean
# README lists them; KCMP_TEST_* is for the fake programs of t/.
readonly ENV_NAMES=(PATH HOME TMPDIR XDG_CACHE_HOME KSFT_DIR
		    KCMP_ACCEL KCMP_BIN KCMP_BISECT KCMP_BOOT_TIMEOUT
		    KCMP_DISPOSABLE KCMP_GRACE KCMP_SOURCE_PACKAGES KCMP_USERS
		    CC LLVM ARCH CROSS_COMPILE USERCFLAGS USERLDFLAGS
		    KHDR_INCLUDES CCACHE_DIR LD_LIBRARY_PATH
		    http_proxy https_proxy ftp_proxy no_proxy)

# The exit status for "the suite could not run".  "git bisect run" stops at a
# status from 128 on; getopt takes --bi for --bisect, too.
case " $* " in
*" --bi"*) readonly ERROR=255 ;;
*) readonly ERROR=2 ;;
esac

# Only keywords, assignments and special builtins are used here: an exported
# function may have the name of any other command, and in POSIX mode, which run.sh
# has set, special builtins are found before functions.
env_restart()
{
	env_kept=(LC_ALL=C)
	for env_name in "${ENV_NAMES[@]}" "${!KCMP_TEST_@}"; do
		case ${!env_name+${!env_name@a}} in
		*x*) env_kept+=("$env_name=${!env_name}") ;;
		esac
	done
	env_find
	env_close
	\exec "$env_program" -i "${env_kept[@]}" /bin/bash --noprofile --norc -p -- \
		"$0" "$CLEAN" "$@"
}

# Closes what was inherited: bash has no lastpipe when 3 to 255 are all in use.
env_close()
{
	env_closed=''
	for ((env_fd = 3; env_fd < 256; env_fd++)); do
		env_closed+=" $env_fd>&-"
	done
	\eval "\\exec $env_closed"
}

# Sets env_program to the path of env(1); the shell would end by itself if it could
# not be executed.
env_find()
{
	env_program=''
	IFS=:
	for env_directory in $PATH; do
		[[ -n $env_program || ! -x $env_directory/env ]] ||
			env_program=$env_directory/env
	done
	case $env_program in
	'')	\echo "run.sh: no env: apt-get install coreutils" >&2
		\exit "$ERROR" ;;
	esac
}

# The names that bash itself exports are allowed, too.
env_check()
{
	local name

	[[ $- == *p* ]] || return
	for name in $(compgen -e); do
		case " ${ENV_NAMES[*]} LC_ALL PWD OLDPWD SHLVL _ " in
		*" $name "*) ;;
		*) [[ $name == KCMP_TEST_* ]] || return ;;
		esac
	done
}

case ${1-} in
"$CLEAN") ;;
*)	env_restart "$@"
	\exit "$ERROR" ;;
esac
shift
unset POSIXLY_CORRECT
env_check || {
	echo "run.sh: $CLEAN is for run.sh alone" >&2
	exit "$ERROR"
}
# Files are made with the usual permissions; the last command of a pipeline can
# set variables.
umask 022
shopt -s lastpipe
