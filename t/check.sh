#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs the test files given, several at a time, and adds up what they print.
# The last lines are the time of each file, the longest first, and "N passed,
# N failed, N skipped".
set -u -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

add_up()
{
	awk '
		BEGIN { sort = "sort -n -r" }
		{ print; fflush() }
		/^\[[0-9:]+\] .*\.\. ?$/ { file = $2 }
		/^(not )?ok +[0-9]+ ms/ {	# a whole file
			printf "%8.1f s  %s\n", $2 / 1000, file | sort
			next
		}
		/^ok .*# SKIP/ { skipped++; next }
		/^ok /         { passed++ }
		/^not ok /     { failed++ }
		END {
			close(sort)
			printf "%d passed, %d failed, %d skipped\n",
			       passed, failed, skipped
			exit failed > 0
		}'
}

prove --jobs "$(nproc)" --verbose --timer -e bash "$@" 2>&1 | add_up
[ "${PIPESTATUS[*]}" = "0 0" ]
