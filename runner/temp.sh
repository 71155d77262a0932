# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: temporary directories.  What is removed was made here.

# temp_dir NAME: sets TEMP_DIR to a new directory; remove_temp_dirs() removes it.
temp_dir()
{
	local at

	for at in "${TMPDIR:-/tmp}" /tmp /dev/shm; do
		TEMP_DIR=$(mktemp -d "$at/kcmp-$1.XXXXXX" 2>/dev/null) || continue
		TEMP_DIRS+=("$TEMP_DIR")
		return
	done
	die "cannot write to ${TMPDIR:-/tmp}: set TMPDIR"
}

remove_temp_dirs()
{
	[ ${#TEMP_DIRS[@]} = 0 ] || rm -rf -- "${TEMP_DIRS[@]}"
	TEMP_DIRS=()
}

# open_pipe READER WRITER: sets these variables to the descriptors of a new pipe.
# (Without /dev/fd, a FIFO is the only pipe with both ends in one shell.)
open_pipe()
{
	local -n reader=$1 writer=$2
	local both

	temp_dir pipe
	mkfifo "$TEMP_DIR/fifo" || die "cannot write to $TEMP_DIR"
	exec {both}<>"$TEMP_DIR/fifo"
	# shellcheck disable=SC2034
	exec {reader}<"$TEMP_DIR/fifo"
	# shellcheck disable=SC2034
	exec {writer}>"$TEMP_DIR/fifo"
	exec {both}>&-
	rm -r "$TEMP_DIR"
}
