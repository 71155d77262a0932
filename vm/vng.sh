# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2034
#
# Sourced by run.sh: a guest that is virtme-ng, whose file system is the host's.

vng_check()
{
	command -v vng >/dev/null ||
		die "no vng: apt-get install virtme-ng (Debian 13), or --vm qemu"
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
	mkdir -p "$WORK/job" || die "cannot write to $WORK"
	chmod 755 "$WORK" "$WORK/job"
	cp "$HERE/vm/init" "$WORK/job" || die "cannot write to $WORK"
	guest_programs "$WORK/job"
}

# Starts the guest with an accelerator; its lines go to the judge.  (vng would
# truncate a regular file.)
vng_start()
{
	local image=$1 accel=$2 options=() self=$BASHPID

	[ "$accel" = kvm ] ||
		options=(--disable-kvm --qemu-opts="-accel tcg,thread=single -cpu max,-cx16")
	[ -z "$APPEND" ] || options+=(--append "$APPEND")
	guest_job "$(vng_version) $accel, $ACCEL_NOTE" >"$WORK/job/job"
	: >"$WORK/console"
	(
		# The guest goes to the same directory, which it may hide.
		cd / || exit
		ulimit -f $((64 * 1024))
		exec_mortal "$self" setsid \
			vng -r "$image" --verbose --cpus "$CPUS" \
			--memory "${MEMORY}M" "${options[@]}" \
			-- "sh '$WORK/job/init' '$WORK/job'"
	) </dev/null 1> >(exec cat >&"$TAP") 2>"$WORK/console" &
	PID=$!
}
