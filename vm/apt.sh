#!/bin/bash -p
# SPDX-License-Identifier: GPL-2.0
#
# Packages of any Debian suite and architecture, without touching the machine's
# own package sources: the mirror is derived from them, all state is in the cache.
#
#   apt.sh [--arch A] names REGEX
#                   print the matching package names, newest first
#   apt.sh [--arch A] get DIR PACKAGE...
#                   unpack the first of them that can be had into DIR, and print
#                   its name and version
#
# A is Debian's name of the architecture (default: that of this machine).
set -u -o pipefail
export LC_ALL=C
unset POSIXLY_CORRECT GREP_OPTIONS CDPATH

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
readonly HERE
readonly SUITES=(bullseye bookworm bookworm-backports trixie trixie-backports sid)
readonly SECURITY=(bullseye-security bookworm-security trixie-security)
# Not in the private configuration, which the machine's own would override.
readonly OPTIONS=(-o Dir::Cache::pkgcache=pkgcache.bin
		  -o Dir::Cache::srcpkgcache=srcpkgcache.bin)
readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
# Minutes that the lists are good for: a day, or an hour while some are missing.
readonly FRESH=1440 FRESH_IN_PART=60
readonly UPDATE_TIMEOUT=300 DOWNLOAD_TIMEOUT=600
DEBIAN='' DIR='' TMP=''

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

write_sources()
{
	local uri suite

	uri=$(mirror Debian)
	[ -n "$uri" ] || die "no Debian archive in the machine's apt configuration"
	for suite in "${SUITES[@]}"; do
		echo "deb [signed-by=$KEYRING] $uri $suite main"
	done >"$DIR/sources.list"
	uri=$(mirror Debian-Security)
	for suite in ${uri:+"${SECURITY[@]}"}; do
		echo "deb [signed-by=$KEYRING] $uri $suite main"
	done >>"$DIR/sources.list"
}

# An architecture of its own, without any installed package.
configure()
{
	mkdir -p "$DIR"/{lists,archives}/partial && : >"$DIR/status" ||
		die "cannot write to $DIR"
	write_sources
	cat >"$DIR/apt.conf" <<-END
	APT::Architecture "$DEBIAN";
	APT::Architectures { "$DEBIAN"; };
	Dir::State "$DIR";
	Dir::State::lists "$DIR/lists";
	Dir::State::status "$DIR/status";
	Dir::Cache "$DIR";
	Dir::Etc::SourceList "$DIR/sources.list";
	Dir::Etc::SourceParts "/dev/null";
	APT::Sandbox::User "";
	Acquire::Retries "3";
	Acquire::http::Timeout "30";
	Acquire::Languages "none";
	END
}

# Whether a file was written in the last N minutes.
is_fresh()
{
	[ -n "$(find "$1" -mmin "-$2" 2>/dev/null)" ]
}

# The lists that the mirror has.  Those of some suites may be missing for a while
# (it is in the middle of a sync): "missing" has their addresses.
update()
{
	local status

	timeout "$UPDATE_TIMEOUT" apt-get "${OPTIONS[@]}" -q update \
		>"$DIR/update.log" 2>&1 </dev/null
	status=$?
	sed -n 's/^E: Failed to fetch \([^ ]*\).*/\1/p' "$DIR/update.log" >"$DIR/missing"
	[ $status = 0 ] || [ -s "$DIR/missing" ] ||
		die "cannot reach the package archive: $(tail -n 1 "$DIR/update.log")"
	[ -n "$(find "$DIR/lists" -name '*_Packages*' -print -quit)" ] ||
		die "cannot reach the package archive"
	touch "$DIR/updated"
}

# Makes APT_CONFIG name lists that are fresh.
prepare()
{
	local lock minutes=$FRESH

	command -v apt-get >/dev/null || die "this is no Debian"
	[ -n "$DEBIAN" ] || DEBIAN=$(dpkg --print-architecture) || exit 2
	DIR=$("$HERE/../runner/cache.sh")/apt-$DEBIAN || exit 2
	mkdir -p "$DIR" || die "cannot write to $DIR"
	exec {lock}<"$DIR"
	flock "$lock"
	[ -e "$DIR/apt.conf" ] || configure
	export APT_CONFIG=$DIR/apt.conf
	[ ! -s "$DIR/missing" ] || minutes=$FRESH_IN_PART
	is_fresh "$DIR/updated" "$minutes" || update
	exec {lock}<&-
}

# Prints the error for a package that was not found.
why_missing()
{
	[ ! -s "$DIR/missing" ] ||
		echo "; the mirror has no valid index of $(sed -n \
			's,.*/dists/\([^/]*\)/.*,\1,p' "$DIR/missing" | sort -u |
			paste -s -d ' ') for $DEBIAN at present"
}

# The numbers sort as versions once the name's last word does not count.
names()
{
	local found

	found=$(apt-cache "${OPTIONS[@]}" pkgnames | grep -E -x -e "$1" | sort -Vr)
	[ -n "$found" ] || die "no package '$1'$(why_missing)"
	echo "$found"
}

# Prints the versions of a package, newest first.
versions()
{
	apt-cache "${OPTIONS[@]}" madison "$1" 2>/dev/null | cut -d '|' -f 2 | tr -d ' ' |
		sort -Vru
}

get()
{
	local dir=$1 package version

	shift
	TMP=$(mktemp -d) || die "cannot make a temporary directory"
	trap 'rm -rf "$TMP"' EXIT
	for package; do
		for version in $(versions "$package"); do
			# The archive may have dropped what its index names.
			(cd "$TMP" && timeout "$DOWNLOAD_TIMEOUT" apt-get "${OPTIONS[@]}" \
				-qq download "$package=$version") >/dev/null 2>&1 </dev/null ||
				continue
			{ mkdir -p "$dir" && dpkg-deb -x "$TMP"/*.deb "$dir"; } ||
				die "cannot unpack $package into $dir"
			echo "$package $version"
			return
		done
	done
	die "cannot get any of: $*$(why_missing)"
}

if [ "${1-}" = --arch ] && [ $# -gt 1 ]; then
	DEBIAN=$2
	shift 2
fi
[[ $DEBIAN =~ ^[a-z0-9-]*$ ]] || die "no architecture: '$DEBIAN'"
case ${1-}:$# in
names:2) prepare; names "$2" ;;
get:[3-9]* | get:[1-9][0-9]*) prepare; get "${@:2}" ;;
*) die "usage: apt.sh [--arch A] names REGEX | apt.sh [--arch A] get DIR PACKAGE..." ;;
esac
