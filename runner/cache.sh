#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Prints the directory, made if need be, for what is costly to get twice: the
# harness, programs of a read-only checkout, kernels.
for dir in "${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/kcmp" \
	   "${TMPDIR:-/tmp}/kcmp-cache-$(id -u)"; do
	mkdir -p "$dir" 2>/dev/null && chmod 700 "$dir" 2>/dev/null
	if [ -O "$dir" ] && [ -w "$dir" ]; then
		echo "$dir"
		exit 0
	fi
done
echo "cache.sh: no place for a cache: set XDG_CACHE_HOME" >&2
exit 2
