# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by the *.t files, which prove(1) runs: a few words for TAP.
set -u -o pipefail

# shellcheck disable=SC2034
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
TMP=$(mktemp -d "${TMPDIR:-/tmp}/kcmp-check.XXXXXX") || exit 1
chmod 755 "$TMP"
trap 'rm -rf "$TMP"' EXIT
CHECKS=0
export LC_ALL=C

# Runs a command in bounded time; sets STATUS, and $TMP/out and $TMP/err.
run()
{
	timeout -k 5 "${RUN_TIMEOUT:-120}" "$@" </dev/null >"$TMP/out" 2>"$TMP/err"
	STATUS=$?
}

# await COMMAND...: until that succeeds; fails when it does not within ten seconds.
await()
{
	local i

	for ((i = 0; i < 200; i++)); do
		! "$@" || return 0
		sleep 0.05
	done
	return 1
}

# process_with ARGUMENT: prints the ids of the processes that have it.
process_with()
{
	# The brackets keep grep from finding itself.
	grep -alzx -e "[${1:0:1}]${1:1}" /proc/[0-9]*/cmdline 2>/dev/null |
		cut -d / -f 3
}

# Succeeds if no process with that id, or with that argument, is there.
gone()
{
	[ ! -e "/proc/$1" ]
}

none_with()
{
	[ -z "$(process_with "$1")" ]
}

# check NAME COMMAND...: passes when the command succeeds, and shows what the
# last run() did when not.
check()
{
	local name=$1

	shift
	CHECKS=$((CHECKS + 1))
	if "$@" >"$TMP/why" 2>&1; then
		echo "ok $CHECKS - $name"
		return
	fi
	echo "not ok $CHECKS - $name"
	{
		echo "failed: $*"
		cat "$TMP/why"
		echo "status ${STATUS-none}"
		tail -n 5 "$TMP/err" "$TMP/out" 2>/dev/null
	} | sed 's/^/# /'
}

skip()
{
	CHECKS=$((CHECKS + 1))
	echo "ok $CHECKS - $1 # SKIP $2"
}

# Says how many checks there were; the last line of each file.
finish()
{
	echo "1..$CHECKS"
}

# Conditions for check().
exited()
{
	[ "$STATUS" = "$1" ]
}

# exited_with STATUS: with exactly one line on stderr.
complained()
{
	exited "$1" && [ "$(wc -l <"$TMP/err")" = 1 ] && grep -q "$2" "$TMP/err"
}

printed()
{
	grep -q -e "$1" "$TMP/out"
}

same()
{
	diff -u "$1" "$2"
}
