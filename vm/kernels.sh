#!/bin/bash -p
# SPDX-License-Identifier: GPL-2.0
#
# Fetches kernels into the cache, unpacks them with their modules, and prints
# the paths of their images.
#
#   kernels.sh [--arch A] [SERIES]...   Debian's newest of each series
#
# A is a name of vm/arch.sh (default: this machine's).  A series is "6.1", the
# small flavour where there is one; "6.1-generic" has more drivers (9p, which
# virtme-ng may need), "6.1-rt" is PREEMPT_RT, "6.12-16k" and the like have pages
# of that size; see the flavours in vm/arch.sh.
#
# An image that is there already needs none of this, run.sh --kernel takes any.
set -u -o pipefail
export LC_ALL=C
unset POSIXLY_CORRECT GREP_OPTIONS CDPATH

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
readonly HERE DEFAULT=(5.10 6.1 6.12 7.3)
ARCHITECTURE='' TMP=''
# shellcheck source=vm/arch.sh
. "$HERE/arch.sh"

die()
{
	echo "kernels.sh: $*" >&2
	exit 2
}

# Prints what a message of apt.sh means for kernels.
why_none()
{
	case $1 in
	*'no package '*';'*) echo "${1##*; }" ;;
	*'no package '*) echo 'the archive has none' ;;
	*) echo "${1#apt.sh: }" ;;
	esac
}

# Prints the names of the packages that hold an image of a series and flavour,
# the newest version first.  From 6.19 on "linux-image-" depends on "linux-binary-",
# which has the image.  Signed or not, it is the same kernel.
image_packages()
{
	local names version=${1//./\\.}

	names=$("$HERE/apt.sh" --arch "$DEBIAN" names \
		"linux-(image|binary|binary-unsigned)-$version\\.[0-9]+(-[0-9]+|\\+deb[0-9.]+)-$2(-unsigned)?" 2>&1) ||
		die "no kernel of $1 ($2) for $ARCHITECTURE: $(why_none "$names")"
	awk -v "flavour=-$2" '
		{
			version = $0
			sub(/^linux-(image|binary|binary-unsigned)-/, "", version)
			version = substr(version, 1, index(version, flavour) - 1)
			rank = /^linux-binary-unsigned/ ? 1 : /^linux-binary/ ? 2 : /-unsigned$/ ? 3 : 4
			binary[version] += rank <= 2
			name[++n] = $0; of[n] = version; ranks[n] = rank
		}
		END {
			for (i = 1; i <= n; i++)
				if (ranks[i] <= 2 || !binary[of[i]])
					print of[i], ranks[i], name[i]
		}' <<<"$names" |
		sort -k 1,1Vr -k 2,2n | cut -d ' ' -f 3
}

# Prints the image in an unpacked package.
image_in()
{
	find "$1" -type f \( -path '*/boot/vmlinu[xz]-*' -o -name 'vmlinu[xz]' \
		-o -name 'vmlinu[xz].unsigned' \) -print -quit 2>/dev/null
}

# Gets the first of the packages that has an image; and its modules, if they are
# apart and can be had.
fetch()
{
	local dir=$1 package modules

	for package in "${@:2}"; do
		"$HERE/apt.sh" --arch "$DEBIAN" get "$dir" "$package" >/dev/null 2>&1 &&
			[ -n "$(image_in "$dir")" ] || continue
		[[ $package == linux-binary-* ]] || return 0
		modules=linux-modules-${package#linux-binary-}
		modules=${modules/-modules-unsigned-/-modules-}
		"$HERE/apt.sh" --arch "$DEBIAN" get "$dir" "$modules" >/dev/null 2>&1 ||
			echo "kernels.sh: $package comes without its modules" >&2
		return 0
	done
	return 1
}

# One series: its image, fetched unless it is in the cache already.
main()
{
	local series=${1%%-*} variant='' flavour cache dir packages

	[[ $1 != *-* ]] || variant=${1#*-}
	[[ $series =~ ^[0-9]+\.[0-9]+$ ]] || die "'$1' is no series like 6.1 or 6.1-rt"
	flavour=$(arch_flavour "$ARCHITECTURE" "$variant") ||
		die "Debian has no '$variant' kernel of $ARCHITECTURE"
	cache=$("$HERE/../runner/cache.sh") || exit 2
	dir=$cache/kernel-$1
	[ "$DEBIAN" = amd64 ] || dir=$cache/kernel-$ARCHITECTURE-$1
	if [ -z "$(image_in "$dir")" ]; then
		packages=$(image_packages "$series" "$flavour") || exit 2
		TMP=$(mktemp -d "$cache/kernel.XXXXXX") || die "cannot write to $cache"
		trap 'rm -rf "$TMP"' EXIT
		# shellcheck disable=SC2086
		fetch "$TMP" $packages ||
			die "cannot get a kernel of $1 for $ARCHITECTURE: the archive serves none of its packages"
		rm -rf "$dir"
		mv -T "$TMP" "$dir" || die "cannot write to $dir"
	fi
	image_in "$dir"
}

if [ "${1-}" = --arch ]; then
	[ $# -gt 1 ] && arch_known "$2" || die "--arch is one of ${ARCHES[*]}"
	ARCHITECTURE=$2
	shift 2
else
	ARCHITECTURE=$(arch_of_machine "$(uname -m)") || die "no idea of $(uname -m) (see --arch)"
fi
DEBIAN=${ROW[$ARCHITECTURE.debian]}
[ $# -gt 0 ] || set -- "${DEFAULT[@]}"
for series; do
	case $series in
	-*) die "usage: kernels.sh [--arch A] [SERIES]..." ;;
	esac
	(main "$series") || exit 2
done
