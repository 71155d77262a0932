#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# minimal_root.sh SUITE COMMAND...: runs a command in a copy of this checkout in a
# minimal root of a Debian suite (bookworm, trixie), so that a tool that happens to
# be on this machine hides no missing dependency.  As root; the root is made anew
# in the cache, and removed at the end.  Exits as the command does, or with 2 when
# there can be no such root.
set -u -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
top=$(cd "$here/.." && pwd -P)
suite=${1:?usage: minimal_root.sh SUITE COMMAND...}
shift

die()
{
	echo "minimal_root.sh: $*" >&2
	exit 2
}

# Prints this machine's archive of Debian.
mirror()
{
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
		'Origin: Debian' 'Label: Debian' | head -n 1
}

# Prints "deb" lines for the suite and what belongs to it.
sources()
{
	local security uri=$1

	# shellcheck disable=SC2016
	security=$(apt-get indextargets --format '$(REPO_URI)' \
		'Created-By: Packages' 'Label: Debian-Security' | head -n 1)
	echo "deb $uri $suite main"
	[ -z "$security" ] || echo "deb $security $suite-security main"
}

# Makes $root, with this machine's way to the archive.
make_root()
{
	local uri

	uri=$(mirror)
	[ -n "$uri" ] || die "no Debian archive in the machine's apt configuration"
	debootstrap --variant=minbase "$suite" "$root" "$uri" >"$work/log" 2>&1 ||
		die "debootstrap failed: $(tail -n 1 "$work/log")"
	sources "$uri" >"$root/etc/apt/sources.list"
	cp /etc/resolv.conf "$root/etc/" 2>/dev/null
	apt-config dump Acquire >"$root/etc/apt/apt.conf.d/01acquire"
	mkdir "$root/src"
	(cd "$top" && git ls-files -co --exclude-standard -z |
		xargs -0 cp --parents -t "$root/src")
}

[ "$(id -u)" = 0 ] || die "needs root"
command -v debootstrap >/dev/null ||
	die "no debootstrap: apt-get install debootstrap"
cache=$("$top/runner/cache.sh") || exit 2
work=$(mktemp -d "$cache/root.XXXXXX") || exit 2
root=$work/root
trap 'rm -rf --one-file-system "$work"' EXIT
make_root
# The mounts go away with the namespace, before the root is removed.
# shellcheck disable=SC2016
unshare --mount --pid --fork bash -c '
	root=$1
	shift
	mount -t proc proc "$root/proc" &&
	mount -t sysfs sysfs "$root/sys" &&
	mount --bind /dev "$root/dev" &&
	mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts" &&
	exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		sh -c "cd /src && exec \"\$@\"" - "$@"' - "$root" "$@"
