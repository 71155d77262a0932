#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Packages of any Debian suite, without touching the machine's own package
# sources: the mirror is derived from them, all state is in the cache.
#
#   apt.sh names REGEX           print the matching package names, newest first
#   apt.sh get DIR PACKAGE...    unpack the first of them that can be had into
#                                DIR, and print its name and version
set -u -o pipefail

readonly SUITES=(bullseye bookworm bookworm-backports trixie trixie-backports sid)
readonly SECURITY=(bullseye-security bookworm-security trixie-security)
# Not in the private configuration, which the machine's own would override.
readonly OPTIONS=(-o Dir::Cache::pkgcache=pkgcache.bin
		  -o Dir::Cache::srcpkgcache=srcpkgcache.bin)
readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

die()
{
	echo "apt.sh: $*" >&2
	exit 2
}

# Prints the archive that the machine has for a label of Debian's.
mirror()
{
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(LABEL)|$(REPO_URI)' \
		'Created-By: Packages' 'Origin: Debian' |
		sed -n "s/^$1|//p" | head -n 1
}

configure()
{
	local dir=$1 uri suite

	mkdir -p "$dir"/{lists,archives}/partial || die "cannot write to $dir"
	uri=$(mirror Debian)
	[ -n "$uri" ] || die "no Debian archive in the machine's apt configuration"
	for suite in "${SUITES[@]}"; do
		echo "deb [signed-by=$KEYRING] $uri $suite main"
	done >"$dir/sources.list"
	uri=$(mirror Debian-Security)
	for suite in ${uri:+"${SECURITY[@]}"}; do
		echo "deb [signed-by=$KEYRING] $uri $suite main"
	done >>"$dir/sources.list"
	cat >"$dir/apt.conf" <<-END
	Dir::State::lists "$dir/lists";
	Dir::Cache "$dir";
	Dir::Etc::SourceList "$dir/sources.list";
	Dir::Etc::SourceParts "/dev/null";
	APT::Sandbox::User "";
	Acquire::Retries "3";
	END
}

# Makes APT_CONFIG name lists that are not older than a day.
prepare()
{
	local dir

	command -v apt-get >/dev/null || die "this is no Debian"
	dir=$("${BASH_SOURCE%/*}/../runner/cache.sh")/apt || exit 2
	[ -e "$dir/apt.conf" ] || configure "$dir"
	export APT_CONFIG=$dir/apt.conf
	exec {lock}<"$dir"
	flock "$lock"
	if [ -z "$(find "$dir" -name updated -mmin -1440)" ]; then
		apt-get "${OPTIONS[@]}" -qq update >&2 </dev/null ||
			die "cannot reach the package archive"
		touch "$dir/updated"
	fi
	exec {lock}<&-
}

# The numbers sort as versions once the name's last word does not count.
names()
{
	apt-cache "${OPTIONS[@]}" pkgnames | grep -E -x -e "$1" | sort -Vr
}

# Prints the versions of a package, newest first.
versions()
{
	apt-cache "${OPTIONS[@]}" madison "$1" 2>/dev/null | cut -d '|' -f 2 | tr -d ' ' |
		sort -Vru
}

get()
{
	local dir=$1 package version tmp

	shift
	tmp=$(mktemp -d) || die "cannot make a temporary directory"
	# shellcheck disable=SC2064
	trap "rm -rf '$tmp'" EXIT
	for package; do
		for version in $(versions "$package"); do
			# The archive may have dropped what its index names.
			(cd "$tmp" && apt-get "${OPTIONS[@]}" -qq \
				download "$package=$version") >/dev/null 2>&1 || continue
			{ mkdir -p "$dir" && dpkg-deb -x "$tmp"/*.deb "$dir"; } ||
				die "cannot unpack $package into $dir"
			echo "$package $version"
			return
		done
	done
	die "cannot get any of: $*"
}

case ${1-}:$# in
names:2) prepare; names "$2" ;;
get:[3-9]* | get:[1-9][0-9]*) prepare; get "${@:2}" ;;
*) die "usage: apt.sh names REGEX | apt.sh get DIR PACKAGE..." ;;
esac
