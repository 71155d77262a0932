#!/bin/bash -p
# SPDX-License-Identifier: GPL-2.0
#
# bisect.sh [-r ID|GLOB]... KERNEL...: finds the first bad one in a list of
# kernels, the oldest first: images, built trees, or Debian's series (6.1, see
# kernels.sh).  The first has to be good, the last bad; what can be said of none
# is passed over.  Options are those of run.sh.  Prints the kernel, or those
# among which it is, and exits with 0; with 1 when there is nothing to find, and
# as run.sh --bisect for its errors.
set -u -o pipefail
export LC_ALL=C
unset POSIXLY_CORRECT GREP_OPTIONS CDPATH

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
options=() images=() verdicts=()

die()
{
	echo "bisect.sh: $*" >&2
	exit 255
}

parse()
{
	while [ $# -gt 0 ]; do
		case $1 in
		-r | --repeat | --timeout | --vm | --mem | --cpus | --append | --keep-log)
			options+=("$1" "${2?"$1 wants an argument"}")
			shift ;;
		-*) options+=("$1") ;;
		*) add_kernel "$1" ;;
		esac
		shift
	done
	[ ${#images[@]} -ge 2 ] || die "two kernels at least"
}

add_kernel()
{
	local image=$1

	[ -e "$image" ] || image=$("$here/kernels.sh" "$1") || exit 255
	images+=("$image")
}

# Asks about kernel number $1; sets verdicts.  Errors of run.sh end it all.
ask()
{
	"$here/../run.sh" --bisect "${options[@]}" --kernel "${images[$1]}" </dev/null
	verdicts[$1]=$?
	case ${verdicts[$1]} in
	0 | 1 | 125) ;;
	*) exit "${verdicts[$1]}" ;;
	esac
}

# Sets NEXT to the one nearest to the middle that was not asked, between $1 and
# $2.  Returns 1 if there is none.
choose_next()
{
	local i middle=$((($1 + $2) / 2)) distance=$((${#images[@]} + 1))

	NEXT=''
	for ((i = $1 + 1; i < $2; i++)); do
		[ -z "${verdicts[i]:-}" ] || continue
		[ $((i < middle ? middle - i : i - middle)) -lt $distance ] || continue
		distance=$((i < middle ? middle - i : i - middle))
		NEXT=$i
	done
	[ -n "$NEXT" ]
}

search()
{
	local good=0 bad=$((${#images[@]} - 1))

	ask $good
	[ "${verdicts[good]}" = 0 ] || { echo "${images[good]} is not good"; return 1; }
	ask $bad
	[ "${verdicts[bad]}" = 1 ] || { echo "${images[bad]} is not bad"; return 1; }
	while choose_next "$good" "$bad"; do
		ask "$NEXT"
		case ${verdicts[NEXT]} in
		0) good=$NEXT ;;
		1) bad=$NEXT ;;
		esac
	done
	echo "first bad:"
	printf '%s\n' "${images[@]:good + 1:bad - good}"
}

parse "$@"
search
