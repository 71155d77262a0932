# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2034
#
# Sourced by run.sh: runs the suite in a guest, in bounded time whatever the
# guest does, and judges the guest itself from its console.

# Prints what vm/init is to do.
guest_job()
{
	local program last=''

	# shellcheck disable=SC2153
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
	REPEAT=$REPEAT
	USERS='$USERS'
	TIMEOUT=$TIMEOUT
	STRESS=$STRESS
	PLAN=$PLAN
	WIRE=/dev/ttyS1
	END
}

# Puts the programs to run into a directory.
guest_programs()
{
	local program last=''

	[ ${#LAST_IDS[@]} = 0 ] || last=$LAST_PROGRAM
	for program in "${PROGRAMS[@]}" $last; do
		cp "$BIN/$program" "$1" || die "cannot write to $WORK"
	done
}

# Follows what happens until the guest is through, dies, or hangs.  Sets FATE to
# "boot", "in PROGRAM", "after PROGRAM" or "over": how far it came.
guest_follow()
{
	local event limit=$1 deadline

	deadline=$((SECONDS + limit))
	while [ $SECONDS -lt $deadline ]; do
		if ! read -r -t 1 -u "$EVENTS" event; then
			is_running || read -r -t 1 -u "$EVENTS" event || return 1
		fi
		case $event in
		alive) FATE=alive deadline=$((SECONDS + GRACE)) ;;
		begin*)
			FATE="in ${event#* }"
			choose_timeout "${event#* }"
			deadline=$((SECONDS + PATIENCE + GRACE)) ;;
		end*) FATE="after ${event#* }" deadline=$((SECONDS + GRACE)) ;;
		over) FATE=over; return ;;
		esac
		[ "$FATE" = boot ] || [ "$ACCEL_TRIED" = 1 ] || qemu_remember_accel
	done
	return 1
}

# Tries KVM for some seconds when nobody knows whether it works.
guest_boot()
{
	FATE=boot
	"${VM}_start" "$1" "$ACCEL"
	if [ "$ACCEL_TRIED" = 0 ]; then
		guest_follow 5
		[ "$FATE" = boot ] || return
		end_program
		# Not a byte: that is no kernel's fault.
		ACCEL=tcg ACCEL_NOTE='guests hang or crash under KVM'
		[ -s "$WORK/console" ] || qemu_remember_accel
		ACCEL_TRIED=1
		"${VM}_start" "$1" "$ACCEL"
	fi
	guest_follow "$BOOT_TIMEOUT"
}

# Prints what is to be said of the guest in one line: "ok", or what is wrong.
guest_verdict()
{
	local how=hung

	is_running || how=died
	case $FATE in
	over)
		if grep -q '^kernel: ' "$WORK/reports"; then
			echo "the kernel complained"
		else
			echo ok
		fi ;;
	boot) echo "the guest $how before the tests" ;;
	*) echo "the guest $how $FATE" ;;
	esac
}

# Tells the judge about the guest, and keeps its console if there was trouble.
guest_judge()
{
	local verdict line

	awk -v "mark=$MARK" -v "emulated=$([ "$ACCEL" = kvm ] || echo 1)" \
		-f "$HERE/vm/console.awk" "$WORK/console" >"$WORK/reports"
	verdict=$(guest_verdict)
	end_program
	[[ $FATE != in\ * ]] || tell_tap end "${FATE#in }" died
	tell_tap plan "$PLAN"
	while read -r line; do
		tell_tap fact "$line"
	done < <(head -n 40 "$WORK/reports")
	if [ "$verdict" != ok ]; then
		guest_keep_console "$1"
		while read -r line; do
			tell_tap fact "console: $line"
		done < <(tail -n 15 "$WORK/console" "$WORK/qemu" 2>/dev/null | tr -d '\r')
		say "$verdict; its console: $KEPT"
	fi
	tell_tap verdict guest "$verdict"
}

guest_keep_console()
{
	local dir=${KEEP_LOG:-${TMPDIR:-/tmp}}

	KEPT=$(mktemp "$dir/kcmp-console-$(basename "$1").XXXXXX") &&
		cp "$WORK/console" "$KEPT" || KEPT='(cannot be kept)'
	tell_tap fact "console kept in $KEPT"
}

# Sets VM to what is installed, the faster first, and sees to what it needs.
guest_choose_vm()
{
	if [ "$VM" = auto ]; then
		VM=qemu
		command -v qemu-system-x86_64 >/dev/null ||
			! command -v vng >/dev/null || VM=vng
	fi
	"${VM}_check"
}

run_in_guest()
{
	local image=$1

	temp_dir guest
	WORK=$TEMP_DIR
	echo "TAP version 13" 2>/dev/null || die "cannot write to stdout"
	start_tap 1
	USERS=${KCMP_USERS:-root}
	PLAN=$(($(count_results "$(wc -w <<<"$USERS")") + 1))
	"${VM}_prepare" "$image"
	qemu_choose_accel
	guest_boot "$image"
	guest_judge "$image"
	rm -rf "$WORK"
	end_tap
}
