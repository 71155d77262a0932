#!/bin/bash -p
# SPDX-License-Identifier: GPL-2.0
#
# Prints the directory, made if need be, for what is costly to get twice: the
# harness, programs of a read-only checkout, kernels.  It is in XDG_CACHE_HOME, in
# HOME if that is set and there, or else in TMPDIR, in this order.
set -u
cache=''

# use DIRECTORY: sets cache to it if it is ours and can be written to.
use()
{
	[ -z "$cache" ] && [ ! -L "$1" ] && [ -O "$1" ] && [ -w "$1" ] || return
	chmod 700 "$1" 2>/dev/null
	cache=$1
}

# bash sets HOME, without exporting it, when the environment has none.
home=''
[[ ${HOME+${HOME@a}} != *x* ]] || home=$HOME
if [ -n "${XDG_CACHE_HOME:-}" ]; then
	mkdir -p "$XDG_CACHE_HOME/kcmp" 2>/dev/null
	use "$XDG_CACHE_HOME/kcmp"
elif [ -n "$home" ] && [ -d "$home" ]; then
	mkdir -p "$home/.cache/kcmp" 2>/dev/null
	use "$home/.cache/kcmp"
fi
[ -n "$cache" ] || {
	mkdir "${TMPDIR:-/tmp}/kcmp-cache-$(id -u)" 2>/dev/null
	use "${TMPDIR:-/tmp}/kcmp-cache-$(id -u)"
}
[ -n "$cache" ] || {
	echo "cache.sh: no directory for a cache: set XDG_CACHE_HOME" >&2
	exit 2
}
echo "$cache"
