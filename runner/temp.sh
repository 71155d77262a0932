# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: temporary directories.  All are in one directory, RUN_DIR,
# which a process of its own removes when this shell has ended, also by SIGKILL.

# Makes RUN_DIR.  The cleaner waits for the end of a pipe that only this shell, and
# for a moment its subshells, can write to (see exec_mortal).
make_run_dir()
{
	local at both reader

	for at in "${TMPDIR:-/tmp}" /tmp /dev/shm; do
		RUN_DIR=$(mktemp -d "$at/kcmp-run.XXXXXX" 2>/dev/null) && break
	done
	[ -n "$RUN_DIR" ] && chmod 711 "$RUN_DIR" && mkfifo "$RUN_DIR/alive" ||
		die "cannot write to ${TMPDIR:-/tmp}: set TMPDIR"
	exec {both}<>"$RUN_DIR/alive"
	exec {ALIVE}>"$RUN_DIR/alive"
	exec {reader}<"$RUN_DIR/alive"
	exec {both}<&-
	(
		trap '' HUP INT TERM
		exec {ALIVE}>&-
		# shellcheck disable=SC2016
		exec setsid sh -c 'read -r line; rm -rf -- "$1"' cleaner "$RUN_DIR" \
			<&"$reader" >/dev/null 2>&1 {reader}<&-
	) &
	CLEANER=$!
	exec {reader}<&-
}

# temp_dir NAME: sets TEMP_DIR to a new directory.
temp_dir()
{
	[ -n "$RUN_DIR" ] || make_run_dir
	TEMP_DIR=$(mktemp -d "$RUN_DIR/$1.XXXXXX" 2>/dev/null) ||
		die "cannot write to $RUN_DIR"
}

# Lets the cleaner remove RUN_DIR, and waits for that.
remove_temp_dirs()
{
	[ -n "$RUN_DIR" ] || return
	exec {ALIVE}>&-
	await_children 5 "$CLEANER"
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
}
