# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2034
#
# Sourced by run.sh: a guest that is QEMU, the kernel, and an initramfs made on
# the spot.  The guest's /init (vm/init) prints to the second serial line.

qemu_check()
{
	command -v qemu-system-x86_64 >/dev/null ||
		die "no qemu-system-x86_64: apt-get install qemu-system-x86"
	qemu_busybox >/dev/null
}

# Prints the path of a busybox that needs no libraries.
qemu_busybox()
{
	local busybox

	busybox=$(command -v busybox) ||
		die "no busybox: apt-get install busybox-static"
	! LC_ALL=C ldd "$busybox" >/dev/null 2>&1 ||
		die "$busybox is not static: apt-get install busybox-static"
	echo "$busybox"
}

# Packs a directory as an initramfs.
qemu_pack()
{
	local busybox

	busybox=$(qemu_busybox) || exit "$ERROR"
	(cd "$1" && find . | "$busybox" cpio -o -H newc 2>/dev/null)
}

# Makes $WORK/base, an initramfs of busybox, the programs and the modules.
qemu_prepare()
{
	local image=$1 root=$WORK/root module busybox

	busybox=$(qemu_busybox) || exit "$ERROR"
	mkdir -p "$root"/{bin,dev,etc,modules,proc,sys,tmp} &&
	cp "$busybox" "$root/bin/busybox" &&
	"$busybox" --list | while read -r applet; do
		ln -s busybox "$root/bin/$applet" 2>/dev/null
	done
	cp "$HERE/vm/init" "$root/init" || die "cannot write to $WORK"
	guest_programs "$root"
	module=$(image_module "$image" fuse)
	[ -z "$module" ] || qemu_module "$module" "$root/modules"
	printf '%s\n' 'root:x:0:0::/:/bin/sh' 'nobody:x:65534:65534::/:/bin/sh' \
		>"$root/etc/passwd"
	qemu_pack "$root" >"$WORK/base" || die "cannot write to $WORK"
	rm -rf "$root"
}

qemu_version()
{
	qemu-system-x86_64 --version | sed -n '1s/.*version \([^ ]*\).*/QEMU \1/p'
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

# Starts the guest with an accelerator; its lines go to the judge.
qemu_start()
{
	local image=$1 accel=$2 cpu=host self=$BASHPID

	# Multi-threaded emulation and a wrong cmpxchg16b crash recent kernels.
	if [ "$accel" = tcg ]; then
		accel=tcg,thread=single
		cpu=max,-cx16
	fi
	mkdir -p "$WORK/job"
	guest_job "$(qemu_version) $accel, $ACCEL_NOTE" >"$WORK/job/job"
	qemu_pack "$WORK/job" | cat "$WORK/base" - >"$WORK/initramfs"
	: >"$WORK/console"
	(
		# Blocks of 1 KiB: what a flood may write.
		ulimit -f $((64 * 1024))
		exec_mortal "$self" setsid \
			qemu-system-x86_64 -machine q35 -accel "$accel" \
			-cpu "$cpu" -m "$MEMORY" -smp "$CPUS" -nodefaults \
			-no-user-config -display none -no-reboot \
			-kernel "$image" -initrd "$WORK/initramfs" \
			-append "console=ttyS0 loglevel=5 panic=-1 $APPEND" \
			-serial "file:$WORK/console" \
			-chardev stdio,id=wire,signal=off -serial chardev:wire
	) </dev/null 1>&"$TAP" 2>"$WORK/qemu" &
	PID=$!
}

# --- which accelerator ------------------------------------------------------

# A guest that works is the only proof: on some nested hosts /dev/kvm opens, and
# guests hang for ever.  What was found out holds until the next boot.
qemu_accel_file()
{
	echo "$("$HERE/runner/cache.sh")/accel-$(cat /proc/sys/kernel/random/boot_id)-$(id -u)"
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
	ACCEL=$(cat "$(qemu_accel_file)" 2>/dev/null)
	ACCEL_NOTE='as found out earlier'
	[ -z "$ACCEL" ] || return
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
