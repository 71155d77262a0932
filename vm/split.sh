# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: the programs for one kernel, split over several emulated
# guests that run side by side, one for each CPU of the host.  An emulated guest
# has one CPU: with more it is slower.
#
# Each guest is followed and judged by a process of its own, as if it were the
# only one; the results come in the order of a single guest.

# More guests would only boot: the longest program takes a third of the time.
readonly MOST_PARTS=3

# Prints how many guests there may be.
split_count()
{
	local count=$JOBS available most

	[ "$VM:$ACCEL:$ACCEL_TRIED:$CPUS" = qemu:tcg:1: ] || count=1
	# The counters of kcmp_keep are those of one guest.
	[[ $APPEND != *kcmp_keep=* ]] || count=1
	available=$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' \
		/proc/meminfo 2>/dev/null)
	for most in "$MOST_PARTS" "${#PROGRAMS[@]}" $((${available:-0} / MEMORY)); do
		[ "$count" -le "$most" ] || count=$most
	done
	[ "$count" -ge 1 ] || count=1
	echo "$count"
}

# Prints the programs, the longest first.
split_by_weight()
{
	local program

	for program in "${PROGRAMS[@]}"; do
		echo "${PROGRAM_WEIGHT[$program]:-5} $program"
	done | sort -s -n -r | cut -d ' ' -f 2
}

# Sets PARTS to the programs of each guest; the first guest has the first program.
split_programs()
{
	local count program i least load=() part=()
	local -A guest_of=()

	count=$(split_count)
	for program in $(split_by_weight); do
		least=0
		for ((i = 1; i < count; i++)); do
			[ $((load[i])) -ge $((load[least])) ] || least=$i
		done
		load[least]=$((load[least] + ${PROGRAM_WEIGHT[$program]:-5}))
		guest_of[$program]=$least
	done
	for program in "${PROGRAMS[@]}"; do
		part[${guest_of[$program]}]+="$program "
	done
	PARTS=("${part[${guest_of[${PROGRAMS[0]}]}]}")
	for ((i = 0; i < count; i++)); do
		[ "$i" = "${guest_of[${PROGRAMS[0]}]}" ] || PARTS+=("${part[i]}")
	done
}

# --- one of the guests ----------------------------------------------------------

# Prints the number and the name of each result that the guest will give.  The
# names are those that guest_names() has for all.
part_order()
{
	guest_names "${PROGRAMS[@]}" | awk '
		NR == FNR { mine[$1]; next }
		$1 in mine { print FNR, $1 }' - "$WORK/../names"
}

# Puts part.awk before the TAP writer.
part_start_tap()
{
	local in out

	exec {EVENTS}<&-
	open_pipe EVENTS out
	open_pipe in PART_TAP
	(
		exec {EVENTS}<&- {PART_TAP}>&-
		exec_awk -v "mark=$MARK" -v "order=$WORK/order" \
			-v "missing=$WORK/missing" -v "first=$((PART == 1))" \
			-f "$HERE/vm/part.awk" <&"$in" >&"$TAP" 2>&"$out"
	) &
	TAP_WRITER=$!
	exec {in}<&- {out}>&- {TAP}>&-
	TAP=$PART_TAP
}

# The end of the process, without a verdict.
part_end()
{
	end_program
	exit "$ERROR"
}

# part_run NUMBER IMAGE: in a process of its own.
part_run()
{
	trap part_end TERM
	trap : PIPE
	PART=$1 OWNER=$BASHPID PID='' RUNS=()
	exec {ALIVE}>&-
	ALIVE=''
	read -r -a PROGRAMS <<<"${PARTS[PART - 1]}"
	[ "$PART" = ${#PARTS[@]} ] || LAST_IDS=()
	WORK=$WORK/$PART
	mkdir "$WORK" && part_order >"$WORK/order" || die "cannot write to $WORK"
	part_start_tap
	"${VM}_prepare" "$2"
	guest_boot
	guest_judge "$2"
	exec {TAP}>&-
	await_children 10 "$TAP_WRITER"
}

# --- all of them ------------------------------------------------------------------

# Prints what was told of a kind ("verdict", "noverdict") by all guests, each once.
parts_said()
{
	sed -n "s/^$1 guest //p" "$WORK"/*/said | awk '!seen[$0]++'
}

# Tells of the programs that guest number $1 has not begun.
part_tell_missing()
{
	local number name reason

	reason=$(sed -n 's/^\(no\)\?verdict guest //p' "$WORK/$1/said")
	sort -n "$WORK/$1/missing" | while read -r number name; do
		tell_program "$number" notrun "$name" "$reason"
	done
}

# One verdict for all: a kernel that fails in one guest fails.
parts_tell()
{
	local i line verdict

	is_child "$TAP_WRITER" || die_unread
	for ((i = 1; i <= ${#PARTS[@]}; i++)); do
		grep -q '^\(no\)\?verdict ' "$WORK/$i/said" 2>/dev/null &&
			[ -e "$WORK/$i/missing" ] ||
			die "a guest could not be run"
	done
	tell_tap plan "$PLAN"
	for ((i = 1; i <= ${#PARTS[@]}; i++)); do
		part_tell_missing "$i"
	done
	sed -n 's/^fact //p' "$WORK"/*/said | while read -r line; do
		tell_tap fact "$line"
	done
	verdict=$(parts_said verdict | grep -v -x ok | sed ':a;N;$!ba;s/\n/; /g')
	REASON=$(parts_said noverdict | head -n 1)
	if [ -n "$verdict" ] || [ -z "$REASON" ]; then
		REASON=''
		tell_tap verdict guest "${verdict:-ok}"
	else
		tell_tap noverdict guest "$REASON"
	fi
}

# parts_run IMAGE
parts_run()
{
	local i

	guest_names "${PROGRAMS[@]}" >"$WORK/names" || die "cannot write to $WORK"
	RUNS=()
	for ((i = 1; i <= ${#PARTS[@]}; i++)); do
		part_run "$i" "$1" &
		RUNS[i]=$!
	done
	for i in "${!RUNS[@]}"; do
		wait "${RUNS[i]}"
	done
	parts_tell
}
