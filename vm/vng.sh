# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: a guest that is virtme-ng, whose file system is the host's.

# vng_check ARCH
vng_check()
{
	command -v vng >/dev/null ||
		die "no vng: apt-get install virtme-ng (Debian 13), or --vm qemu"
	[ "$1" = "$(host_arch)" ] ||
		die "virtme-ng's guests are of this machine's architecture, not $1: use --vm qemu"
	case $(realpath -m -- "${TMPDIR:-/tmp}")/ in
	/var/tmp/* | /run/*)
		die "virtme-ng's guests do not see TMPDIR=$TMPDIR: choose another" ;;
	esac
	# virtme-init finds its script's I/O ports through udev.
	[ -x /lib/systemd/systemd-udevd ] || [ -x /sbin/udevd ] ||
		die "no udev, which virtme-ng's guests need: apt-get install udev"
}

vng_version()
{
	vng --version 2>/dev/null | head -n 1
}

# Makes what the guest finds under the same path.
vng_prepare()
{
	IMAGE=$1
	mkdir -p "$WORK/job" || die "cannot write to $WORK"
	chmod 755 "$WORK" "$WORK/job"
	cp "$HERE/vm/init" "$WORK/job" || die "cannot write to $WORK"
	guest_programs "$WORK/job"
}

# Starts the guest with an accelerator; its lines go to the TAP writer.  (vng would
# truncate a regular file; this is a pipe.)
vng_start()
{
	local accel=$1 options=() self=$BASHPID cpu=${ROW[$GUEST.cpu]}

	[ "$accel" = kvm ] ||
		options=(--disable-kvm --qemu-opts="-accel tcg,thread=single -cpu $cpu")
	options+=(--append "$(guest_parameters)")
	guest_job "$(vng_version) $accel, $ACCEL_NOTE" >"$WORK/job/job"
	: >"$WORK/console"
	(
		# The guest goes to the same directory, which it may hide.
		cd / || exit
		trap '' XFSZ
		ulimit -f $((64 * 1024))
		exec_mortal "$self" setsid \
			vng -r "$IMAGE" --verbose --cpus "${CPUS:-2}" \
			--memory "${MEMORY}M" "${options[@]}" \
			-- "sh '$WORK/job/init' '$WORK/job'"
	) </dev/null 1>&"$TAP" 2>"$WORK/console" &
	PID=$!
}
