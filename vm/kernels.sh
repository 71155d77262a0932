#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Fetches kernels into the cache, unpacks them with their modules, and prints
# the paths of their images.
#
#   kernels.sh [SERIES]...   Debian's newest of each series; default: all four
#
# A series is "6.1", or "6.1-generic" for one with more drivers (9p, which
# virtme-ng may need).
#
# Another distribution's kernels: add a line to series() if they come as Debian
# packages; an image that is there already needs none of this, run.sh --kernel
# takes any.
set -u -o pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
readonly HERE DEFAULT=(5.10 6.1 6.12 7.3)

die()
{
	echo "kernels.sh: $*" >&2
	exit 2
}

# Prints what the image packages of a series are called, as a regular
# expression, and those of their modules if they are apart.  Cloud kernels are
# small, and have a serial console and what QEMU needs built in.
series()
{
	local version=${1//./\\.}

	case $1 in
	*-generic) echo "linux-image-${version%-*}\\.0-[0-9]+-amd64-unsigned" ;;
	5.10 | 6.1) echo "linux-image-$version\\.0-[0-9]+-cloud-amd64-unsigned" ;;
	6.12) echo "linux-image-$version\\.[0-9]+\\+deb1[23]-cloud-amd64-unsigned" ;;
	[67].*) echo "linux-binary-unsigned-$version\\.[0-9]+\\+deb[0-9]+-cloud-amd64" ;;
	*) die "no idea what Debian calls a kernel of '$1'" ;;
	esac
}

# Prints the image in an unpacked package.
image_in()
{
	find "$1" \( -path '*/boot/vmlinuz-*' -o -name 'vmlinuz.unsigned' \) \
		-print -quit 2>/dev/null
}

fetch()
{
	local dir=$1 pattern names tmp name

	pattern=$(series "$2") || exit 2
	mapfile -t names < <("$HERE/apt.sh" names "$pattern")
	[ ${#names[@]} -gt 0 ] || die "the archive has no kernel of $2"
	tmp=$(mktemp -d "${dir%/*}/kernel.XXXXXX") || die "cannot write to ${dir%/*}"
	# shellcheck disable=SC2064
	trap "rm -rf '$tmp'" EXIT
	name=$("$HERE/apt.sh" get "$tmp" "${names[@]}") || exit 2
	name=${name% *}
	if [[ $name == linux-binary-* ]]; then
		"$HERE/apt.sh" get "$tmp" "linux-modules-${name#linux-binary-unsigned-}" \
			>/dev/null || exit 2
	fi
	rm -rf "$dir"
	mv -T "$tmp" "$dir"
}

# One series: its image, fetched unless it is in the cache already.
main()
{
	local dir

	dir=$("$HERE/../runner/cache.sh")/kernel-$1 || exit 2
	[ -n "$(image_in "$dir")" ] || fetch "$dir" "$1"
	image_in "$dir"
}

[ $# -gt 0 ] || set -- "${DEFAULT[@]}"
for version; do
	(main "$version") || exit 2
done
