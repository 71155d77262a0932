# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: runs the suite in a guest, in bounded time whatever the
# guest does, and judges the guest itself from its console.
#
# The guest fails (status 1) from its first test on.  Before that there is no
# verdict (status 3): the image, QEMU or the host may be the cause.

# A guest that boots, and has something to tell on its console now and then, may
# take so many times the limit; one that the host lets starve, so many.
readonly MAX_BOOT=5 MAX_STARVED=30

# Prints what vm/init is to do.
guest_job()
{
	local program last=''

	[ ${#LAST_IDS[@]} = 0 ] || last=$LAST
	for program in "${PROGRAMS[@]}" $last; do
		choose_args "$program"
		printf 'ARGS_%s=%q\n' "$program" "$(printf '%q ' "${ARGS[@]}")"
	done
	cat <<-END
	MARK=$MARK
	FACT='$1'
	PROGRAMS='${PROGRAMS[*]}'
	LAST='$last'
	LAST_PROGRAM=$LAST_PROGRAM
	REPEAT=$REPEAT
	USERS='$USERS'
	TIMEOUT=$TIMEOUT
	STRESS=$STRESS
	PLAN=$PLAN
	WIRE=/dev/${ROW[$GUEST.wire]}
	END
}

# Prints kernel parameters.  Caches that are not merged have the objects of one kind
# only, which stress_test counts.
guest_parameters()
{
	echo "slab_nomerge ${ROW[$GUEST.append]:-} $APPEND"
}

# guest_programs DIR: puts the programs to run into a directory, without what only
# a debugger reads.
guest_programs()
{
	local program last='' strip

	strip=${ROW[$(programs_arch "$GUEST").triplet]}-strip
	command -v "$strip" >/dev/null || strip='strip'
	[ ${#LAST_IDS[@]} = 0 ] || last=$LAST_PROGRAM
	for program in "${PROGRAMS[@]}" $last; do
		"$strip" -o "$1/$program" "$GUEST_BIN/$program" 2>/dev/null ||
			cp "$GUEST_BIN/$program" "$1" || die "cannot write to $WORK"
	done
}

# guest_names PROGRAM...: prints the names of the results that will come.
guest_names()
{
	local round user program

	for ((round = 0; round < REPEAT; round++)); do
		for user in $USERS; do
			for program; do
				[ "$user" = root ] || program+=_as_$user
				echo "$program"
			done
		done
	done
	[ ${#LAST_IDS[@]} = 0 ] || echo "$LAST"
}

# Tells the TAP writer the results that will come.
guest_expect()
{
	local name

	guest_names "${PROGRAMS[@]}" | while read -r name; do
		tell_tap expect "$name"
	done
}

# --- time ---------------------------------------------------------------------

# Prints the processes of a tree, given its root.
guest_processes()
{
	local pid children

	for pid; do
		echo "$pid"
		children=$(cat "/proc/$pid/task"/*/children 2>/dev/null)
		# shellcheck disable=SC2086
		guest_processes $children
	done
}

# Prints for how many seconds the threads of the guest have been ready to run, but
# waited for a CPU of the host.
guest_starved()
{
	local pid

	for pid in $(guest_processes "$PID"); do
		cat "/proc/$pid/task"/*/schedstat 2>/dev/null
	done | awk '{ waited += $2 } END { print int(waited / 1e9) }'
}

# guest_limit SECONDS: so much time from now on, not counting that in which the
# guest waits for a CPU of the host.  But for a host that gives nearly nothing there
# is a limit, too.
guest_limit()
{
	GUEST_LIMIT=$1
	LIMIT_FROM=$SECONDS
	LIMIT_STARVED=''
}

# Whether the time is over.
guest_expired()
{
	local passed=$((SECONDS - LIMIT_FROM))

	[ $passed -gt 0 ] || return
	[ -n "$LIMIT_STARVED" ] || LIMIT_STARVED=$(guest_starved)
	[ $passed -ge "$GUEST_LIMIT" ] || return
	[ $passed -lt $((GUEST_LIMIT * MAX_STARVED)) ] || return 0
	[ $((passed - ($(guest_starved) - LIMIT_STARVED))) -ge "$GUEST_LIMIT" ]
}

# --- what happens --------------------------------------------------------------

# The guest has told something.
guest_event()
{
	case $1 in
	alive) FATE=alive; guest_limit "$GRACE" ;;
	begin*)
		FATE="in ${1#* }"
		choose_timeout "${1#* }"
		guest_limit $((PATIENCE + GRACE)) ;;
	end*)
		FATE="after ${1#* }"
		guest_limit "$GRACE" ;;
	over) FATE=over ;;
	?*) guest_limit "$GUEST_LIMIT" ;;
	esac
}

# Follows what happens until the guest is through, dies, or does nothing for the
# time that it is given.  Sets FATE to "boot", "alive", "in PROGRAM", "after
# PROGRAM" or "over": how far it came.
guest_follow()
{
	local event size=0 now status

	guest_limit "$1"
	while ! guest_expired; do
		# The process that follows one of several guests ends with run.sh.
		[ -z "$PART" ] || kill -0 $$ 2>/dev/null || part_end
		read -r -t 1 -u "$EVENTS" event
		status=$?
		if [ $status != 0 ]; then
			tap_is_read $status || die_unread
			event=''
			is_running || read -r -t 1 -u "$EVENTS" event || return 1
			now=$(stat -c %s "$WORK/console")
			# Booting may be slow, but not for ever.
			[ "$FATE" != boot ] || [ "$now" = "$size" ] ||
				[ $SECONDS -ge $BOOT_UNTIL ] || guest_limit "$1"
			size=$now
		fi
		guest_event "$event"
		[ "$FATE" != over ] || return 0
		[ "$FATE" = boot ] || [ "$ACCEL_TRIED" = 1 ] || qemu_remember_accel
	done
	return 1
}

# Tries KVM for some seconds when it is unknown whether it works.
guest_boot()
{
	FATE=boot
	BOOT_UNTIL=$SECONDS
	"${VM}_start" "$ACCEL"
	if [ "$ACCEL_TRIED" = 0 ]; then
		guest_follow 5
		[ "$FATE" = boot ] || return
		end_program
		# Not a byte: that is no kernel's fault.
		ACCEL=tcg ACCEL_NOTE='guests hang or crash under KVM'
		[ -s "$WORK/console" ] || qemu_remember_accel
		ACCEL_TRIED=1
		"${VM}_start" "$ACCEL"
	fi
	BOOT_UNTIL=$((SECONDS + MAX_BOOT * BOOT_TIMEOUT))
	guest_follow "$BOOT_TIMEOUT"
}

# --- what is said of it ----------------------------------------------------------

# Prints the console's last line that tells why it ended; else its last line, else
# QEMU's.
guest_last_words()
{
	local file line

	line=$(tr -d '\r' <"$WORK/console" | grep -a -E 'Kernel panic|BUG:|Oops|Unable to' |
		tail -n 1)
	for file in "$WORK/console" "$WORK/qemu"; do
		[ -n "$line" ] || line=$(tr -d '\r' <"$file" 2>/dev/null |
			grep -a '[^[:space:]]' | tail -n 1)
	done
	tr -c '[:print:]\n' '?' <<<"${line:0:200}"
}

# Prints how a guest ended that did not come to its end.
guest_end()
{
	if grep -a -q 'Kernel panic' "$WORK/console"; then
		echo panicked
	elif ! is_running; then
		echo died
	elif [ $((SECONDS - LIMIT_FROM)) -ge $((GUEST_LIMIT * MAX_STARVED)) ]; then
		echo 'got too little of a busy host'
	else
		echo hung
	fi
}

# Prints what is to be said of the guest in one line: "ok", or what is wrong.
guest_verdict()
{
	case $FATE in
	over)
		if grep -q '^kernel: ' "$WORK/reports"; then
			echo "the kernel reported an error"
		else
			echo ok
		fi ;;
	boot | alive)
		if [ -s "$WORK/console" ]; then
			echo "no verdict: the guest $(guest_end) before the first test"
		else
			echo "no verdict: the guest did not boot"
		fi ;;
	*) echo "the guest $(guest_end) $FATE" ;;
	esac
}

# guest_tell WORD...: tells the TAP writer about the guest, or parts_tell() if it is
# one of several.
guest_tell()
{
	if [ -n "$PART" ]; then
		echo "$*" >>"$WORK/said"
	else
		tell_tap "$@"
	fi
}

# Tells the TAP writer about the guest, and keeps its console if there was trouble.
# Sets REASON if there is no verdict.
guest_judge()
{
	local verdict line

	awk -v "mark=$MARK" -v "emulated=$([ "$ACCEL" = kvm ] || echo 1)" \
		-f "$HERE/vm/console.awk" "$WORK/console" >"$WORK/reports"
	verdict=$(guest_verdict)
	end_program
	[[ $FATE != in\ * ]] || tell_tap end "${FATE#in }" died
	guest_tell plan "$PLAN"
	head -n 40 "$WORK/reports" | while read -r line; do
		guest_tell fact "$line"
	done
	[ "$verdict" = ok ] || guest_tell_trouble "$1" "$verdict"
	if [[ $verdict == 'no verdict: '* ]]; then
		REASON=${verdict#no verdict: }
		guest_tell noverdict guest "$REASON"
	else
		guest_tell verdict guest "$verdict"
	fi
}

# guest_tell_trouble IMAGE VERDICT
guest_tell_trouble()
{
	local line

	guest_keep_console "$1"
	tail -q -n 15 "$WORK/console" "$WORK/qemu" 2>/dev/null | tr -d '\r' |
		while read -r line; do
			guest_tell fact "console: $line"
		done
	say "$2: $(guest_last_words); its console: $KEPT"
}

guest_keep_console()
{
	local dir=${KEEP_LOG:-${TMPDIR:-/tmp}}

	KEPT=$(mktemp "$dir/kcmp-console-$(basename "$1").XXXXXX" 2>/dev/null) &&
		cp "$WORK/console" "$KEPT" || KEPT='(cannot be kept)'
	guest_tell fact "console kept in $KEPT"
}

# Prints the packages that the guests of all KERNELS lack, for --setup.
guest_missing_packages()
{
	local image arch

	command -v busybox >/dev/null || echo busybox-static
	for image in "${KERNELS[@]}"; do
		[ ! -d "$image" ] || image=$(image_in_tree "$image") || continue
		arch=$(image_arch "$image") || continue
		command -v "qemu-system-${ROW[$arch.qemu]}" >/dev/null ||
			echo "${ROW[$arch.emulator]}"
		arch=$(programs_arch "$arch") || continue
		programs_missing_packages "$arch"
	done | sort -u
}

# guest_pick_vm ARCH...: prints what guests of these architectures run in here:
# QEMU, or virtme-ng where only that is installed and all are this machine's own.
guest_pick_vm()
{
	local arch own

	own=$(host_arch)
	for arch; do
		[ "$arch" = "$own" ] || { echo qemu && return; }
	done
	command -v "qemu-system-${ROW[$own.qemu]:-}" >/dev/null ||
		! command -v vng >/dev/null || { echo vng && return; }
	echo qemu
}

# Sets VM, where that was left to us, and sees to what the guests of all KERNELS
# need.
guest_choose_vm()
{
	local image arch arches=() checked=' '

	# A kernel that is still to be built.
	if [ ${#KERNELS[@]} = 0 ]; then
		arch=$(step_arch) || exit "$ERROR"
		arches+=("$arch")
	fi
	for image in "${KERNELS[@]}"; do
		arches+=("$(image_arch "$image")")
	done
	[ "$VM" != auto ] || VM=$(guest_pick_vm "${arches[@]}")
	for arch in "${arches[@]}"; do
		arch_known "${arch:-none}" || die "guests have no machine for $(uname -m)"
		[[ $checked != *" $arch "* ]] || continue
		checked+="$arch "
		"${VM}_check" "$arch"
		arch=$(programs_arch "$arch") && programs_check "$arch" ||
			exit "$ERROR"
	done
}

# run_in_guest IMAGE: runs the suite on a kernel, and prints TAP.
run_in_guest()
{
	local image=$1 arch

	temp_dir guest
	WORK=$TEMP_DIR
	GUEST=$(image_arch "$image") || exit "$ERROR"
	arch=$(programs_arch "$GUEST") || exit "$ERROR"
	programs_build "$arch"
	qemu_choose_accel
	split_programs
	[ ${#PARTS[@]} -gt 1 ] || "${VM}_prepare" "$image"
	echo "TAP version 13" 2>/dev/null || die "cannot write to stdout"
	start_tap 1
	USERS=${KCMP_USERS:-root}
	PLAN=$(($(count_results "$(wc -w <<<"$USERS")") + 1))
	if [ ${#PARTS[@]} -gt 1 ]; then
		parts_run "$image"
	else
		guest_expect
		guest_boot
		guest_judge "$image"
	fi
	end_tap
}
