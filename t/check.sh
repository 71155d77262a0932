#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs the test files given, several at a time, and adds up what they print.
# The last line is "N passed, N failed, N skipped".
set -u -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

add_up()
{
	awk '
		{ print; fflush() }
		/^ok +[0-9]+ ms/ { next }	# a whole file
		/^ok .*# SKIP/ { skipped++; next }
		/^ok /         { passed++ }
		/^not ok /     { failed++ }
		END {
			printf "%d passed, %d failed, %d skipped\n",
			       passed, failed, skipped
			exit failed > 0
		}'
}

prove --jobs "$(nproc)" --verbose --timer -e bash "$@" 2>&1 | add_up
[ "${PIPESTATUS[*]}" = "0 0" ]
