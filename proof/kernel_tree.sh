#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kernel_tree.sh DIR: unpacks the sources of Linux 6.12 into DIR and prints the path of
# the tree, which is the caller's to remove (1.6 GB).
set -u -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
tar=$("$here/../vm/source.sh" 6.12) || exit 2
tree=$1/$(basename "$tar" .tar.xz)
rm -rf "$tree"
mkdir -p "$1" && tar -xf "$tar" -C "$1" || {
	echo "kernel_tree.sh: cannot write to $1" >&2
	exit 2
}
echo "$tree"
