# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced: what can be known of a kernel image without booting it.

# image_is_packed FILE: whether it is compressed as a whole, or an EFI zboot image
# ("zimg"), which has the compressed image inside.
image_is_packed()
{
	case $(od -A n -v -t x1 -N 8 "$1" 2>/dev/null | tr -d ' \n') in
	1f8b* | 28b52ffd* | fd377a58* | 4d5a00007a696d67) return 0 ;;
	*) return 1 ;;
	esac
}

# image_word FILE OFFSET: prints a little-endian word of 32 bits.
image_word()
{
	local b

	read -r -a b <<<"$(od -A n -v -t x1 -j "$2" -N 4 "$1" 2>/dev/null)"
	[ ${#b[@]} = 4 ] || return 1
	echo $((0x${b[3]}${b[2]}${b[1]}${b[0]}))
}

# Prints a stream as it is, or unpacked.
image_unpack_stream()
{
	case $1 in
	1f8b*) gzip -dc ;;
	28b52ffd*) zstd -dcq ;;
	fd377a58*) xz -dc ;;
	*) cat ;;
	esac 2>/dev/null
}

# image_contents FILE: prints the image, unpacked.
image_contents()
{
	local magic offset size

	magic=$(od -A n -v -t x1 -N 8 "$1" 2>/dev/null | tr -d ' \n')
	if [ "$magic" != 4d5a00007a696d67 ]; then
		image_unpack_stream "$magic" <"$1"
		return
	fi
	offset=$(image_word "$1" 8) && size=$(image_word "$1" 12) || return
	magic=$(od -A n -v -t x1 -j "$offset" -N 8 "$1" 2>/dev/null | tr -d ' \n')
	tail -c "+$((offset + 1))" "$1" | head -c "$size" | image_unpack_stream "$magic"
}

# image_bytes FILE OFFSET COUNT: prints bytes in hexadecimal.
image_bytes()
{
	if image_is_packed "$1"; then
		image_contents "$1" | od -A n -v -t x1 -j "$2" -N "$3" 2>/dev/null
	else
		od -A n -v -t x1 -j "$2" -N "$3" "$1" 2>/dev/null
	fi | tr -d ' \n'
}

# image_matches FILE MAGIC: whether all of OFFSET:BYTES,... are in it; BYTES is a
# pattern of hexadecimal digits, "." for any.
image_matches()
{
	local part bytes

	for part in ${2//,/ }; do
		bytes=${part#*:}
		bytes=${bytes//./?}
		# shellcheck disable=SC2053
		[[ $(image_bytes "$1" "${part%%:*}" 8) == $bytes* ]] || return 1
	done
}

# image_arch FILE: prints the row of vm/arch.sh that the image is of.
image_arch()
{
	local arch

	for arch in "${ARCHES[@]}"; do
		! image_matches "$1" "${ROW[$arch.magic]}" || { echo "$arch"; return; }
	done
	return 1
}

# image_in_tree DIR: prints the newest image of a built tree.
image_in_tree()
{
	local arch image newest=''

	for arch in "${ARCHES[@]}"; do
		image=$1/${ROW[$arch.image]}
		[ -f "$image" ] && image_matches "$image" "${ROW[$arch.magic]}" || continue
		[ -n "$newest" ] && [ ! "$image" -nt "$newest" ] || newest=$image
	done
	[ -n "$newest" ] && echo "$newest"
}

# image_find IMAGE|TREE: prints the path of the image.  Dies if there is none,
# or none of a known architecture.
image_find()
{
	local image=$1

	[ -e "$image" ] || die "no kernel image or tree: $image"
	if [ -d "$image" ]; then
		image=$(image_in_tree "$1") ||
			die "no arch/*/boot/bzImage or the like in $1: not a built kernel tree"
	fi
	[ -r "$image" ] || die "cannot read $image"
	if ! image_arch "$image" >/dev/null; then
		case $(image_bytes "$image" 0 4) in
		7f454c46) die "$image is an ELF file: the bzImage or Image beside it is wanted" ;;
		*) die "$image is not a kernel image" ;;
		esac
	fi
	(cd "$(dirname "$image")" && echo "$PWD/${image##*/}")
}

# image_x86_release IMAGE: prints what the header of an x86 image tells.
image_x86_release()
{
	local at

	at=$((0x$(image_bytes "$1" 527 1)$(image_bytes "$1" 526 1) + 512))
	dd if="$1" bs=1 skip=$at count=128 2>/dev/null | tr '\0' '\n' |
		head -n 1 | cut -d ' ' -f 1
}

# image_release IMAGE: prints the release that it will report, "6.1.0-55".
image_release()
{
	local release='' tree=${1%/arch/*/boot/*}

	if image_matches "$1" 514:48647253; then
		image_x86_release "$1"
		return
	fi
	case $1 in
	*/modules/*/vmlinu*) release=${1#*/modules/} release=${release%%/*} ;;
	*/vmlinu[xz]-*) release=${1##*/vmlinu?-} ;;
	*) release=$(cat "${tree%/vmlinux}/include/config/kernel.release" 2>/dev/null) ;;
	esac
	[ -n "$release" ] ||
		release=$(image_contents "$1" | grep -a -o -m 1 'Linux version [0-9][^ ]*' |
			head -n 1)
	release=${release#Linux version }
	echo "${release:-${1##*/}}"
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
	*/arch/*/boot/*)
		find "${1%/arch/*/boot/*}/fs" -name "$2.ko" -print -quit \
			2>/dev/null ;;
	esac
}
