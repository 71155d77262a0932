#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A sample of what "make check-faults" does: a single false answer turns the test
# red that has asked.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

RUN_TIMEOUT=300 run "$TOP/proof/inject/single_faults.sh" -n 400
check "single faults are seen ($(tail -n 1 "$TMP/out"))" exited 0
if ! exited 0; then
	sed 's/^/# /' "$TMP/out"
fi

finish
