# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: messages on stderr, and the end by an error.

say()
{
	echo "run.sh: $*" >&2
}

die()
{
	say "$@"
	exit "$ERROR"
}
