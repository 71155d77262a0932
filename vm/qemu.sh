# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: a guest that is QEMU, the kernel, and an initramfs made on
# the spot.  The guest's /init (vm/init) writes the results to a device of their
# own, the "wire" of vm/arch.sh.

# The clock of an emulated guest counts instructions, eight nanoseconds each, and
# skips the time in which it is idle: a busy host does not look like a slow guest.
readonly ICOUNT=shift=3,sleep=off

# The applets of busybox that vm/init needs.
readonly APPLETS="base64 cat chmod cut echo env false grep gzip id insmod kill ln ls
	mkdir mkfifo mknod mount mv ps rm sed sh sleep stat stty su tail tr true uname wc"

# qemu_check ARCH: dies if the emulator of an architecture is missing.
qemu_check()
{
	local qemu=qemu-system-${ROW[$1.qemu]}

	command -v "$qemu" >/dev/null ||
		die "no $qemu: apt-get install ${ROW[$1.emulator]}"
	qemu_busybox "$(host_arch)" >/dev/null
}

# Prints the path of a busybox that needs no libraries.
qemu_busybox()
{
	local busybox dir

	if [ "$1" = "$(host_arch)" ]; then
		busybox=$(command -v busybox) ||
			die "no busybox: apt-get install busybox-static"
		! LC_ALL=C ldd "$busybox" >/dev/null 2>&1 ||
			die "$busybox is not static: apt-get install busybox-static"
		echo "$busybox"
		return
	fi
	dir=$("$HERE/runner/cache.sh")/busybox-$1 || exit "$ERROR"
	if ! qemu_busybox_in "$dir"; then
		"$HERE/vm/apt.sh" --arch "${ROW[$1.debian]}" get "$dir" busybox-static \
			>/dev/null || exit "$ERROR"
		qemu_busybox_in "$dir" || die "no busybox in Debian's busybox-static for $1"
	fi
}

# Prints the path of the program in an unpacked package.
qemu_busybox_in()
{
	local path

	for path in "$1/bin/busybox" "$1/usr/bin/busybox"; do
		[ -f "$path" ] && echo "$path" && return
	done
	return 1
}

# Packs a directory as an initramfs.
qemu_pack()
{
	local busybox

	busybox=$(qemu_busybox "$(host_arch)") || exit "$ERROR"
	(cd "$1" && find . | "$busybox" cpio -o -H newc 2>/dev/null)
}

# Makes $WORK/base, an initramfs of busybox, the programs and the modules.
qemu_prepare()
{
	local image=$1 root=$WORK/root applet module busybox

	busybox=$(qemu_busybox "$GUEST") || exit "$ERROR"
	mkdir -p "$root"/{bin,dev,etc,modules,proc,sys,tmp} &&
	cp "$busybox" "$root/bin/busybox" || die "cannot write to $WORK"
	for applet in $APPLETS; do
		ln -s busybox "$root/bin/$applet" || die "cannot write to $WORK"
	done
	cp "$HERE/vm/init" "$root/init" || die "cannot write to $WORK"
	guest_programs "$root"
	module=$(image_module "$image" fuse)
	[ -z "$module" ] || qemu_module "$module" "$root/modules"
	printf '%s\n' 'root:x:0:0::/:/bin/sh' 'nobody:x:65534:65534::/:/bin/sh' \
		>"$root/etc/passwd"
	qemu_pack "$root" >"$WORK/base" || die "cannot write to $WORK"
	rm -rf "$root"
	qemu_unpack "$image"
}

# Sets IMAGE to what QEMU can boot: the image, or its contents.
qemu_unpack()
{
	IMAGE=$1
	image_is_packed "$1" || return 0
	IMAGE=$WORK/image
	image_contents "$1" >"$IMAGE" || die "cannot unpack $1 to $WORK"
}

qemu_version()
{
	"qemu-system-${ROW[$GUEST.qemu]}" --version |
		sed -n '1s/.*version \([^ ]*\).*/QEMU \1/p'
}

qemu_module()
{
	case $1 in
	*.xz) xz -dc "$1" >"$2/$(basename "$1" .xz)" ;;
	*.zst) zstd -dcq "$1" >"$2/$(basename "$1" .zst)" ;;
	*.gz) gzip -dc "$1" >"$2/$(basename "$1" .gz)" ;;
	*) cp "$1" "$2" ;;
	esac
}

# qemu_choose_command ACCEL: sets QEMU.
qemu_choose_command()
{
	local board cpus=${CPUS:-1}

	read -r -a board <<<"${ROW[$GUEST.board]}"
	QEMU=("qemu-system-${ROW[$GUEST.qemu]}" -nodefaults -no-user-config
	      -display none -no-reboot -m "$MEMORY"
	      -chardev "file,id=console,path=$WORK/console"
	      -chardev 'stdio,id=wire,signal=off' "${board[@]}")
	if [ "$1" = kvm ]; then
		QEMU+=(-accel kvm -cpu host -smp "${CPUS:-2}")
		return
	fi
	# Multi-threaded emulation crashes recent kernels.
	QEMU+=(-accel 'tcg,thread=single' -cpu "${ROW[$GUEST.cpu]}" -smp "$cpus")
	# With several CPUs, x86 does not get past starting the second.
	[ "$cpus" != 1 ] || QEMU+=(-icount "$ICOUNT")
}

# Starts the guest with an accelerator; its lines go to the TAP writer.
qemu_start()
{
	local accel=$1 self=$BASHPID

	qemu_choose_command "$accel"
	mkdir -p "$WORK/job" || die "cannot write to $WORK"
	guest_job "$(qemu_version) $accel, $ACCEL_NOTE" >"$WORK/job/job"
	qemu_pack "$WORK/job" | cat "$WORK/base" - >"$WORK/initramfs" ||
		die "cannot write to $WORK"
	: >"$WORK/console"
	(
		# Blocks of 1 KiB: what a flood may write, the rest is lost.
		trap '' XFSZ
		ulimit -f $((64 * 1024))
		exec_mortal "$self" setsid "${QEMU[@]}" \
			-kernel "$IMAGE" -initrd "$WORK/initramfs" \
			-append "$(qemu_command_line)"
	) </dev/null 1>&"$TAP" 2>"$WORK/qemu" &
	PID=$!
}

# Prints the kernel's command line.  panic=-1 reboots, which ends QEMU.
qemu_command_line()
{
	echo "console=${ROW[$GUEST.console]} loglevel=5 panic=-1 $(guest_parameters)"
}

# --- which accelerator ------------------------------------------------------

# A guest that works is the only proof: on some nested hosts /dev/kvm opens, and
# guests hang for ever.  What was found out holds until the next boot.
qemu_accel_file()
{
	echo "$("$HERE/runner/cache.sh")/accel-$(cat /proc/sys/kernel/random/boot_id)-$(id -u)"
}

# Whether this machine's KVM could run the guest.
qemu_kvm_fits()
{
	local host

	host=$(host_arch)
	[ "$GUEST" = "$host" ] || [ "$GUEST:$host" = i386:x86_64 ]
}

# Sets ACCEL, and ACCEL_NOTE to how it was found; ACCEL=kvm is to be tried when
# ACCEL_TRIED is 0.
qemu_choose_accel()
{
	ACCEL=${KCMP_ACCEL:-} ACCEL_TRIED=1 ACCEL_NOTE='as KCMP_ACCEL says'
	case $ACCEL in
	kvm | tcg) return ;;
	?*) die "KCMP_ACCEL is kvm or tcg, not '$ACCEL'" ;;
	esac
	ACCEL=tcg ACCEL_NOTE='another architecture'
	qemu_kvm_fits || return 0
	ACCEL=$(cat "$(qemu_accel_file)" 2>/dev/null)
	ACCEL_NOTE='as found out earlier'
	[ -z "$ACCEL" ] || return 0
	ACCEL=tcg ACCEL_NOTE='there is no /dev/kvm to use'
	if [ -r /dev/kvm ] && [ -w /dev/kvm ]; then
		ACCEL=kvm ACCEL_TRIED=0 ACCEL_NOTE='seen to work'
	fi
}

qemu_remember_accel()
{
	local file

	ACCEL_TRIED=1
	file=$(qemu_accel_file) && echo "$ACCEL" >"$file"
}
