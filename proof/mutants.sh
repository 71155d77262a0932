#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# mutants.sh [FILE/NAME]...: runs the suite on broken kernels, all of those in
# proof/mutants or those named, and prints which of them turn it red, and by what.
# Run by "make mutants".  One kernel holds them all; each guest chooses one
# (kcmp_mutant=N).  The programs that look at the broken place go first; the
# others are asked only when those have seen nothing.
#
# Exits with 1 when one survives that is not in proof/mutants/survivors, which tells
# why it may; with 2 when the kernel cannot be built or is not green unbroken.
set -u -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
top=$here/..
cache=$("$top/runner/cache.sh") || exit 2
work=$cache/mutants
list=$work/out/mutants
image=$work/out/arch/x86/boot/bzImage
export KCMP_BIN

die()
{
	echo "mutants.sh: $*" >&2
	exit 2
}

# What the kernel is made of.
checksum()
{
	cat "$here"/mutants/*.edits "$here/mutants/apply.pl" "$top/config" \
		"$top/vm/base.config" "$top/vm/build.sh" | cksum
}

build_kernel()
{
	local tree

	[ "$(checksum)" != "$(cat "$work/sum" 2>/dev/null)" ] || return 0
	echo "mutants.sh: building the kernel in $work" >&2
	rm -f "$work/sum"
	mkdir -p "$work/out" && tree=$("$here/kernel_tree.sh" "$work") || exit 2
	"$here/mutants/apply.pl" "$tree" "$here"/mutants/*.edits >"$list" ||
		exit 2
	"$top/vm/build.sh" "$tree" "$work/out" >/dev/null || exit 2
	rm -rf "$tree"
	checksum >"$work/sum"
}

# Makes $work/bin/FILE with the programs that are asked first about its mutants.
choose_programs()
{
	local file first

	mkdir -p "$work/bin/all"
	make -C "$top" -s OUTPUT="$work/bin/all" USERLDFLAGS=-static >&2 || exit 2
	for file in "$here"/mutants/*.edits; do
		file=$(basename "$file" .edits)
		case $file in
		epoll) first=epoll_test ;;
		ptrace | yama) first=perm_test ;;
		fork | exec | unshare | sem | ioprio) first=clone_test ;;
		leaks) first=stress_test ;;
		*) first=kcmp_test ;;
		esac
		mkdir -p "$work/bin/$file" && cp "$work/bin/all/$first" "$work/bin/$file"
	done
}

# Prints the lines of a run, up to the first result that is not ok.
up_to_failure()
{
	local line

	while read -r line; do
		echo "$line"
		case $line in
		'# not ok'* | 'not ok'*) return ;;
		esac
	done
}

# run_with PROGRAMS NUMBER: prints the TAP up to the first failure, which ends
# the run.  Returns the status of run.sh.
run_with()
{
	local pid status tap

	exec {tap}< <(KCMP_BIN=$work/bin/$1 exec "$top/run.sh" --timeout 150 \
		--kernel "$image" --append "kcmp_mutant=$2" \
		--keep-log "$work/logs" </dev/null 2>/dev/null)
	pid=$!
	up_to_failure <&"$tap"
	kill $pid 2>/dev/null
	cat <&"$tap" >/dev/null
	wait $pid
	status=$?
	exec {tap}<&-
	return $status
}

# Prints one line about one mutant, "NUMBER FILE/NAME".
judge()
{
	local number=$1 name=$2 programs red status

	for programs in "${name%/*}" all; do
		red=$(run_with "$programs" "$number")
		status=$?
		red=$(sed -n 's/^# not ok [0-9]* \([^ ]*\).*/\1/p; s/^not ok .* //p' \
			<<<"$red" | head -n 1)
		[ -z "$red" ] || break
	done
	if [ -n "$red" ]; then
		echo "killed $name $red"
	elif [ $status = 0 ]; then
		echo "survived $name"
	else
		echo "unjudged $name $status"
	fi
}

# Sums up what judge() has printed.
report()
{
	awk -v reasons="$here/mutants/survivors" '
		BEGIN {
			while ((getline line <reasons) > 0)
				if (line !~ /^#/)
					excused[substr(line, 1, index(line, ":") - 1)]
		}
		{ all++; count[$1]++ }
		$1 != "killed" && !($2 in excused) { unexcused++ }
		$1 == "killed" && $NF == "guest" { guests++ }
		END {
			printf "%d mutants: %d killed (%.1f %%; %d by the state of the" \
			       " guest), %d survived, %d could not be judged;" \
			       " %d without a reason\n", all, count["killed"],
			       100 * count["killed"] / (all ? all : 1), guests,
			       count["survived"], count["unjudged"], unexcused
			exit unexcused > 0
		}' "$work/report"
}

if [ "${1:-}" = --judge ]; then
	judge "$2" "$3"
	exit
fi
build_kernel
choose_programs
mkdir -p "$work/logs"
run_with all 0 >"$work/unbroken" || die "the unbroken kernel is not green: $work/unbroken"
[ $# -eq 0 ] || {
	printf '%s\n' "$@" | grep -Fxf - <(cut -d ' ' -f 2 "$list") >/dev/null ||
		die "no such mutant (see proof/mutants)"
}
awk -v wanted="$*" '
	BEGIN { n = split(wanted, names); for (i in names) chosen[names[i]] }
	n == 0 || $2 in chosen' "$list" |
	xargs -P "$(nproc)" -L 1 "$here/mutants.sh" --judge |
	tee "$work/report"
report
