# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced: what can be known of a kernel image without booting it.

# image_bytes FILE OFFSET COUNT: prints bytes in hexadecimal.
image_bytes()
{
	od -A n -v -t x1 -j "$2" -N "$3" "$1" 2>/dev/null | tr -d ' \n'
}

# image_find IMAGE|TREE: prints the path of the image.  Dies if there is none,
# or none that can be booted here.
image_find()
{
	local image=$1 arch

	arch=$(uname -m)
	[ "$arch" = x86_64 ] || die "guests are x86_64 only, this is $arch"
	[ -e "$image" ] || die "no kernel image or tree: $image"
	if [ -d "$image" ]; then
		[ -e "$image/arch/x86/boot/bzImage" ] ||
			die "no arch/x86/boot/bzImage in $image: not a built kernel tree"
		image+=/arch/x86/boot/bzImage
	fi
	[ -r "$image" ] || die "cannot read $image"
	if [ "$(image_bytes "$image" 514 4)" != 48647253 ]; then	# HdrS
		case $(image_bytes "$image" 56 4):$(image_bytes "$image" 0 4) in
		41524d64:*) die "$image is an arm64 kernel, this is x86_64" ;;
		52534305:*) die "$image is a riscv kernel, this is x86_64" ;;
		*:7f454c46) die "$image is an ELF file: the bzImage beside it is wanted" ;;
		*) die "$image is not a kernel image" ;;
		esac
	fi
	# XLF_KERNEL_64
	[ $((0x$(image_bytes "$image" 566 1) & 1)) = 1 ] ||
		die "$image is a 32-bit kernel, this is x86_64"
	(cd "$(dirname "$image")" && echo "$PWD/${image##*/}")
}

# image_release IMAGE: prints the release that it will report, "6.1.0-55".
image_release()
{
	local at

	at=$((0x$(image_bytes "$1" 527 1)$(image_bytes "$1" 526 1) + 512))
	dd if="$1" bs=1 skip=$at count=128 2>/dev/null | tr '\0' '\n' |
		head -n 1 | cut -d ' ' -f 1
}

# image_module IMAGE NAME: prints the path of a module that belongs to it,
# nothing if there is none (built in, as a rule).
image_module()
{
	local release root

	release=$(image_release "$1")
	for root in "${1%/*}/../lib" "${1%/*}/../usr/lib" "${1%/*}/../.." /lib; do
		find "$root/modules/$release/kernel" -name "$2.ko*" -print -quit \
			2>/dev/null
	done | head -n 1
	case $1 in
	*/arch/x86/boot/bzImage)
		find "${1%/arch/x86/boot/*}/fs" -name "$2.ko" -print -quit \
			2>/dev/null ;;
	esac
}
