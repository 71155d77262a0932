# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: JUnit XML.

# with_junit FILE COMMAND...: runs a command whose stdout is TAP, and writes that
# as JUnit XML to the file as well.  Returns the command's status.
with_junit()
{
	local file=$1 status in tap writer

	shift
	: 2>/dev/null >"$file" || die "cannot write to $file"
	open_pipe in tap
	(
		exec {tap}>&-
		exec_awk -v "out=$file" -f "$HERE/runner/junit.awk" <&"$in"
	) &
	writer=$!
	exec {in}<&-
	"$@" >&"$tap"
	status=$?
	exec {tap}>&-
	wait $writer || die "cannot write to $file"
	return $status
}
