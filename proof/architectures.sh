#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The suite on Debian's kernels of other architectures, emulated.  Run by
# "make check-arch".
exec "$(dirname "$0")/matrix.sh" arm64:6.1 arm64:6.12-16k s390x:6.1 ppc64le:6.1 \
	riscv64:7.2 i386:6.1 armhf:6.1
