#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# surroundings.sh [-s N] [-t TABLE] [GLOB]...: the suite in situations that are not
# the usual ones: no failure, the status that the table names, and no skip but
# those that the situation is a reason for.  Run by "make check-surroundings".
#
# The table (proof/surroundings/host) has a situation on each line:
#
#	NAME	USERS	EXPECTED	COMMAND
#
# USERS is root, nobody or both.  EXPECTED is an exit status and, behind it, the
# skip reasons that may come in addition to those of an ordinary run, as globs
# separated by "; ".  COMMAND is shell code that gets run.sh as "$@".  With -s,
# every N-th situation only.
# shellcheck source=/dev/null
. "$(dirname "$0")/../t/tap.sh"

TABLE=$TOP/proof/surroundings/host
readonly CANNOT=77
readonly NOBODY=60999	# a user that runs nothing else: limits count
export RUN_TIMEOUT=${RUN_TIMEOUT:-600}
export ENTER=$TMP/enter SPACE=$TMP/space KCMP_BIN=$TMP/bin
STEP=1
while getopts s:t: option; do
	case $option in
	s) STEP=$OPTARG ;;
	t) TABLE=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
GLOBS=("$@")
CASES=0

# as USER COMMAND...: runs it as root or nobody, and sets STATUS.
as()
{
	local user=$1

	shift
	if [ "$user" = nobody ]; then
		set -- setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups "$@"
	fi
	run env HOME="$TMP/home.$user" XDG_CACHE_HOME="$TMP/cache.$user" "$@"
}

# Prints "TEST # SKIP reason" for what the last run has skipped.
skips()
{
	tr -d '\r' <"$TMP/out" |
		sed -n 's/^# ok [0-9]* \([^ ]* # SKIP .*\)/\1/p' | sort -u
}

# Prints the skips of the last run that neither the ordinary run of this user
# has nor one of the globs explains.
unexplained_skips()
{
	local globs=$2 line reason glob known

	skips >"$TMP/skips"
	comm -13 "$TMP/ordinary.$1" "$TMP/skips" >"$TMP/new"
	while IFS= read -r line; do
		reason=${line#* # SKIP } known=''
		while IFS= read -r glob; do
			# shellcheck disable=SC2053
			[ -z "$glob" ] || [[ $reason != $glob ]] || known=1
		done <<<"${globs//; /$'\n'}"
		[ -n "$known" ] || printf '%s\n' "$line"
	done <"$TMP/new"
}

# as_expected USER STATUS GLOBS: judges the last run.
as_expected()
{
	if ! exited "$2"; then
		grep -a -B 12 '^[# ]*not ok' "$TMP/out" | head -n 60
		tail -n 3 "$TMP/err"
		echo "exit status $STATUS, not $2"
		return 1
	fi
	[ "$2" = 0 ] || return 0
	unexplained_skips "$1" "$3" >"$TMP/unexplained"
	[ ! -s "$TMP/unexplained" ] || {
		echo "unexpected skips:"
		head -n 20 "$TMP/unexplained"
		return 1
	}
}

# situation NAME USER EXPECTED COMMAND
situation()
{
	local status=${3%% *} globs=''

	[[ $3 != *' '* ]] || globs=${3#* }
	rm -rf "$SPACE"
	mkdir -m 1777 "$SPACE"
	as "$2" bash -c "$4" situation "$TOP/run.sh"
	if [ "$STATUS" = "$CANNOT" ]; then
		skip "$1, as $2" "cannot be had here"
		return
	fi
	check "$1, as $2" as_expected "$2" "$status" "$globs"
}

wanted()
{
	local glob

	[ ${#GLOBS[@]} -gt 0 ] || return 0
	for glob in "${GLOBS[@]}"; do
		# shellcheck disable=SC2053
		[[ $1 != $glob ]] || return 0
	done
	return 1
}

users()
{
	case $1 in
	both) echo root nobody ;;
	*) echo "$1" ;;
	esac
}

prepare()
{
	local user

	cc -O2 -o "$ENTER" "$TOP/proof/surroundings/enter.c" || exit 2
	mkdir "$KCMP_BIN"
	make -s -C "$TOP" OUTPUT="$KCMP_BIN" >&2 || exit 2
	chmod -R go+rX "$TOP" 2>/dev/null
	for user in root nobody; do
		mkdir -m 700 "$TMP/home.$user" "$TMP/cache.$user"
		[ "$user" = root ] || chown "$NOBODY:$NOBODY" "$TMP"/*."$user"
		as "$user" "$TOP/run.sh"
		check "an ordinary run, as $user" exited 0
		skips >"$TMP/ordinary.$user"
	done
}

prepare
while IFS=$'\t' read -r name who expected command; do
	[[ $name != '#'* ]] && [ -n "$name" ] && wanted "$name" || continue
	CASES=$((CASES + 1))
	[ $((CASES % STEP)) = 0 ] || continue
	for user in $(users "$who"); do
		situation "$name" "$user" "$expected" "$command"
	done
done < <(tr -s '\t' <"$TABLE")
finish
