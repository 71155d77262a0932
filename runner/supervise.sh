#!/bin/bash -p
# SPDX-License-Identifier: GPL-2.0
#
# supervise.sh MARK NAME COMMAND...: runs a test program as the leader of a session
# and prints, after its output, how it ended: "MARK end NAME STATUS [WHAT]" for
# tap.awk.  SIGTERM is the end of its time.
set -u
# shellcheck source=runner/process.sh
. "${BASH_SOURCE[0]%/*}/process.sh"

ALIVE='' mark=$1 name=$2 status='' timeout=''
shift 2
trap 'timeout=1' TERM
exec_mortal $$ setsid "$@" </dev/null 2>&1 &
program=$!
# bash would print "Segmentation fault".
[ -n "$timeout" ] || wait "$program" 2>/dev/null
status=$?
if [ -n "$timeout" ]; then
	status=timeout
elif has_session "$program"; then
	status+=" a process of its own is still there"
fi
end_session "$program"
# The TAP writer may be gone.
printf '\n%s end %s %s\n' "$mark" "$name" "$status" 2>/dev/null
