#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The suite on Debian's kernels of other architectures, emulated: an older one and
# the newest that the archive serves, where it has two.  Run by "make check-arch".
exec "$(dirname "$0")/matrix.sh" arm64:6.1 arm64:6.12-16k arm64:7.3 \
	s390x:6.1 s390x:7.2 ppc64le:6.1 ppc64le:7.2-64k riscv64:7.2 \
	i386:6.1 armhf:6.1 armhf:7.2
