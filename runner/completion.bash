# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Completion of run.sh's options and test ids: source this file in ~/.bashrc.

# Prints the options, from run.sh --help.
_kcmp_options()
{
	"$1" --help 2>/dev/null | sed -n -e 's/^  \(-[a-z]\) .*/\1/p' \
		-e 's/^  \(--[a-z-]*\).*/\1/p'
}

# Prints what test ids begin with, up to the next dot after what is there.
_kcmp_ids()
{
	awk -v "word=$2" 'index($1, word) == 1 {
		rest = substr($1, length(word) + 1)
		dot = index(rest, ".")
		print word (dot ? substr(rest, 1, dot) : rest)
	}' "${1%/*}/doc/ids.txt" 2>/dev/null | sort -u
}

_kcmp_run_sh()
{
	local word=$2 before=$3 program=$1

	[[ $program == */* ]] || program=$(command -v "$program")
	# bash makes "--vm=qemu" three words.
	[ "$before" != = ] || before=${COMP_WORDS[COMP_CWORD - 2]}
	[ "$word" != = ] || word=''
	case $before in
	-r | -x | --explain)
		mapfile -t COMPREPLY < <(_kcmp_ids "$program" "$word")
		[[ ${COMPREPLY[0]-} != *. ]] || compopt -o nospace 2>/dev/null ;;
	--vm)
		mapfile -t COMPREPLY < <(compgen -W 'auto qemu vng' -- "$word") ;;
	--tap)
		mapfile -t COMPREPLY < <(compgen -W '14 flat' -- "$word") ;;
	--keep-log)
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		compopt -o filenames 2>/dev/null ;;
	--failed | --known | --results | --junit | --html | --from | --against | --kernel)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		compopt -o filenames 2>/dev/null ;;
	--repeat | --timeout | --mem | --cpus | --append | -j) ;;
	*)
		mapfile -t COMPREPLY < <(compgen -W "$(_kcmp_options "$program")" -- "$word") ;;
	esac
}

complete -F _kcmp_run_sh run.sh
