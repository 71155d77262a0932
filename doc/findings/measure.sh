#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# measure.sh [IMAGE]...: runs each finding in a guest of each kernel image, and prints
# what it says.  Without an image: builds Linux 6.12 with all candidate fixes (the .pl
# files here), measures it, and runs the suite on it.
set -u -o pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
top=$here/../..
tmp=$(mktemp -d "${TMPDIR:-/tmp}/kcmp-findings.XXXXXX") || exit 2
trap 'rm -rf "$tmp"' EXIT
readonly here top tmp

# measure IMAGE
measure()
{
	local source name

	for source in "$here"/*.c; do
		name=$(basename "$source" .c)
		mkdir -p "$tmp/$name"
		cc -static -pthread -Dmain=program_main -c -o "$tmp/$name.o" "$source" 2>/dev/null &&
			cc -static -pthread -o "$tmp/$name/kcmp_test" "$tmp/$name.o" \
				"$top/t/suite/guest_program.c" || exit 2
		KCMP_BIN=$tmp/$name "$top/run.sh" --kernel "$1" </dev/null \
			>"$tmp/out" 2>/dev/null
		printf '%s: %s: ' "$(basename "$1")" "$name"
		grep -o 'two seconds after.*' "$tmp/out" || echo 'no result'
	done
}

# Prints the image of a kernel with the fixes.  $tmp/linux is 1.6 GB for a while.
build_fixed()
{
	local tree

	tree=$("$top/proof/kernel_tree.sh" "$tmp/linux") || exit 2
	edit "$tree/fs/eventpoll.c" epoll_wait_blocks_kcmp
	edit "$tree/kernel/kcmp.c" slot_blocks_execve
	"$top/vm/build.sh" "$tree" "$tmp/fixed"
}

# edit FILE FINDING
edit()
{
	perl -0777 "$here/$2.pl" <"$1" >"$tmp/edited" && cp "$tmp/edited" "$1" || exit 2
}

if [ $# = 0 ]; then
	image=$(build_fixed) || exit
	measure "$image"
	KCMP_USERS='root nobody' "$top/run.sh" --kernel "$image" </dev/null | grep '^not ok\|^# not ok\|^# Totals'
fi
for image; do
	measure "$image"
done
