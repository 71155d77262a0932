#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What vm/image.sh knows of images and trees, and the messages of run.sh for an
# architecture whose emulator or compiler is missing: images of a few bytes.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"
# shellcheck source=/dev/null
. "$TOP/vm/arch.sh"
# shellcheck source=/dev/null
. "$TOP/vm/image.sh"

# put FILE OFFSET BYTES: writes bytes, given in hexadecimal.
put()
{
	# shellcheck disable=SC2001
	printf '%b' "$(sed 's/../\\x&/g' <<<"$3")" |
		dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

# make_image NAME OFFSET:BYTES...
make_image()
{
	local file=$TMP/$1 part

	shift
	head -c 70000 /dev/zero >"$file"
	for part; do
		put "$file" "${part%:*}" "${part#*:}"
	done
}

# zboot FILE TYPE COMMAND...: the EFI zboot image of an image.
zboot()
{
	local size

	"${@:3}" <"$TMP/arm64" >"$TMP/payload"
	size=$(printf %08x "$(stat -c %s "$TMP/payload")")
	head -c 64 /dev/zero >"$1"
	put "$1" 0 4d5a00007a696d6740000000
	put "$1" 12 "${size:6:2}${size:4:2}${size:2:2}${size:0:2}"
	printf %s "$2" | dd of="$1" bs=1 seek=24 conv=notrunc 2>/dev/null
	cat "$TMP/payload" >>"$1"
	echo more >>"$1"
}

# is FILE ARCH
is()
{
	[ "$(image_arch "$TMP/$1")" = "$2" ]
}

is_unknown()
{
	! image_arch "$TMP/$1"
}

make_image x86_64 514:48647253 566:7f
make_image i386 514:48647253 566:3e
make_image arm64 0:4d5a 56:41524d64
make_image armhf 36:18286f01
make_image riscv64 0:4d5a 56:52534305
make_image s390x 65544:53333930
make_image ppc64le 0:7f454c460201 18:1500
for arch in "${ARCHES[@]}"; do
	check "an image of $arch is recognised" is "$arch" "$arch"
done

make_image elf-x86 0:7f454c460201 18:3e00
make_image ppc64-big-endian 0:7f454c460202 18:0015
make_image nothing
head -c 100 /dev/zero >"$TMP/short"
: >"$TMP/empty"
for image in elf-x86 ppc64-big-endian nothing short empty; do
	check "an image of no known architecture: $image" is_unknown "$image"
done

# Compressed ones.
gzip -c "$TMP/arm64" >"$TMP/arm64.gz"
check "a compressed image is recognised" is arm64.gz arm64
gzip -c "$TMP/nothing" >"$TMP/nothing.gz"
check "what is compressed need not be an image" is_unknown nothing.gz
head -c 40 "$TMP/arm64.gz" >"$TMP/cut.gz"
check "a compressed image that was cut off is none" is_unknown cut.gz
for packer in gzip zstd xz; do
	command -v $packer >/dev/null || {
		skip "an EFI zboot image, $packer" "needs $packer"
		continue
	}
	zboot "$TMP/zboot" $packer $packer -c
	check "an EFI zboot image is recognised, $packer" is zboot arm64
	image_contents "$TMP/zboot" >"$TMP/contents"
	check "and unpacked, $packer" cmp "$TMP/contents" "$TMP/arm64"
done

# Trees, which may have the images of several architectures.
die()
{
	echo "$*"
	exit 2
}

# finds TREE PATH
finds()
{
	[ "$(image_find "$TMP/$1")" = "$TMP/$1/$2" ]
}

mkdir -p "$TMP"/tree/arch/{x86,arm64}/boot "$TMP/tree/include/config"
cp "$TMP/x86_64" "$TMP/tree/arch/x86/boot/bzImage"
cp "$TMP/elf-x86" "$TMP/tree/vmlinux"
check "a tree: the image" finds tree arch/x86/boot/bzImage
cp "$TMP/arm64" "$TMP/tree/arch/arm64/boot/Image"
touch -d '2001-01-01' "$TMP/tree/arch/x86/boot/bzImage"
check "a tree: the newest of two" finds tree arch/arm64/boot/Image
echo 6.1.0-tree >"$TMP/tree/include/config/kernel.release"
check "a tree: the release" \
	[ "$(image_release "$TMP/tree/arch/arm64/boot/Image")" = 6.1.0-tree ]
mkdir "$TMP/power"
cp "$TMP/ppc64le" "$TMP/power/vmlinux"
check "a tree: vmlinux where that is the image" finds power vmlinux

# Releases.
mkdir -p "$TMP/boot" "$TMP/lib/modules/7.2.1+deb14-s390x"
cp "$TMP/s390x" "$TMP/boot/vmlinuz-6.1.0-50-s390x"
check "a release from the name" \
	[ "$(image_release "$TMP/boot/vmlinuz-6.1.0-50-s390x")" = 6.1.0-50-s390x ]
cp "$TMP/s390x" "$TMP/lib/modules/7.2.1+deb14-s390x/vmlinuz"
check "a release from the directory" \
	[ "$(image_release "$TMP/lib/modules/7.2.1+deb14-s390x/vmlinuz")" = 7.2.1+deb14-s390x ]
printf 'Linux version 5.5.5-x (gcc)' | dd of="$TMP/arm64" bs=1 seek=9000 conv=notrunc 2>/dev/null
check "a release from the contents" [ "$(image_release "$TMP/arm64")" = 5.5.5-x ]

# What run.sh lacks for it, in one line.
bin=$TMP/bin
mkdir "$bin" "$TMP/programs"
for tool in /bin/* /usr/bin/*; do
	case ${tool##*/} in
	qemu-* | *-linux-gnu*-* | busybox) ;;
	*) ln -sf "$tool" "$bin/" ;;
	esac
done
printf '#!/bin/sh\nexit 0\n' >"$bin/busybox"
chmod +x "$bin/busybox"
native=$(arch_of_machine "$(uname -m)")
for arch in "${ARCHES[@]}"; do
	[ "$arch" != "$native" ] || continue
	KCMP_BIN=$TMP/programs run env PATH="$bin" "$TOP/run.sh" --kernel "$TMP/$arch"
	check "$arch: no emulator is an error that names the package" \
		complained 2 "no qemu-system-${ROW[$arch.qemu]}: apt-get install ${ROW[$arch.emulator]}"
	ln -sf "$TOP/t/vm/fake_qemu.sh" "$bin/qemu-system-${ROW[$arch.qemu]}"
	run env -u KCMP_BIN PATH="$bin" "$TOP/run.sh" --kernel "$TMP/$arch"
	check "$arch: no compiler is an error that names the package" \
		complained 2 "apt-get install .*${ROW[$arch.compiler]}"
done
run env PATH="$bin" "$TOP/run.sh" --compat --kernel "$TMP/s390x"
check "--compat without 32-bit programs is an error" complained 2 "no 32-bit programs"

finish
