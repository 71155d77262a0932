#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# "git bisect run run.sh --bisect --build" finds the culprit in a repository made
# from a kernel source package, past commits that do not build or do not boot; and
# on a tree that is built for arm64, with ARCH= and CROSS_COMPILE=.  Run by "make
# check-bisect"; takes about 15 minutes and 6 GB in the cache, and as long again for
# arm64.  "bisect.sh arm64" is only that part.
# shellcheck source=/dev/null
. "$(dirname "$0")/../t/tap.sh"

export RUN_TIMEOUT=3000
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
readonly COMMITS=16
cache=$("$TOP/runner/cache.sh") || exit 1
work=$cache/check-bisect${1:+-$1}
trap 'rm -rf "$TMP" "$work"' EXIT
tree=$("$TOP/proof/kernel_tree.sh" "$work") || {
	skip "bisection" "missing package archive"
	finish
	exit
}

in_git()
{
	git -C "$tree" -c user.name=t -c user.email=t@example.org \
		-c advice.detachedHead=false "$@"
}

# The kernel sources as the first commit.
make_repository()
{
	in_git init -q
	in_git config gc.auto 0
	in_git add -A -f		# .gitignore hides all but debian/
	in_git commit -q -m base && in_git tag base || exit 1
}

# commit N: what it does to kernel/kcmp.c.
change()
{
	case $1 in
	5) sed -i '/KCMP_FS:/,/break/s/task1->fs/task2->fs/' kernel/kcmp.c ;;
	8) echo '#error not today' >>kernel/kcmp.c ;;
	9) sed -i '/#error/d' kernel/kcmp.c ;;
	11) sed -i '/kcmp_cookies_init(void)/,/{/s/{/{ panic("not today");/' \
		kernel/kcmp.c ;;
	12) sed -i 's/ panic("not today");//' kernel/kcmp.c ;;
	14) sed -i '/KCMP_SYSVSEM:/,/break/s/task2->sysvsem/task1->sysvsem/' \
		kernel/kcmp.c ;;
	*) echo "/* $1 */" >>kernel/kcmp.c ;;
	esac
}

make_commits()
{
	local i

	for ((i = 1; i <= COMMITS; i++)); do
		(cd "$tree" && change $i)
		in_git commit -q -a -m "commit $i"
	done
	in_git tag tip
}

# bisect_from BAD OPTION...: sets CULPRIT.
bisect_from()
{
	local bad=$1

	shift
	in_git checkout -q "$bad"
	in_git bisect start "$bad" base >/dev/null 2>&1
	run git -C "$tree" bisect run "$TOP/run.sh" --bisect --build "$@"
	CULPRIT=$(sed -n 's/^ *\(commit [0-9]*\)$/\1/p' "$TMP/out" | tail -n 1)
	grep '^run.sh: .* s; ' "$TMP/err" | sed 's/^/# /'
	in_git bisect reset >/dev/null 2>&1
}

# The seconds of the slowest step of the last bisection, build and tests.
slowest_step()
{
	sed -n 's/^run.sh: .*; build \([0-9]*\) s, tests \([0-9]*\) s;.*/\1 \2/p' \
		"$TMP/err" | awk '{ if ($1 + $2 > max) max = $1 + $2 } END { print max + 0 }'
}

# The log of the last step.
last_log()
{
	sed -n 's/^run.sh: .* s; \(.*\.log\)$/\1/p' "$TMP/err" | tail -n 1
}

within()
{
	[ "$1" -le "$2" ] && [ "$2" -le "$3" ]
}

# The kernels of commits 1 to 6, for another architecture.
check_arm64()
{
	local name="on a tree built for arm64, what breaks one type is found"

	command -v aarch64-linux-gnu-gcc >/dev/null &&
		command -v qemu-system-aarch64 >/dev/null || {
		skip "$name" "needs gcc-aarch64-linux-gnu and qemu-system-arm"
		return
	}
	export ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-
	bisect_from "tip~$((COMMITS - 6))" -r 'object.fs.*'
	check "$name" [ "$CULPRIT" = "commit 5" ]
	check "the steps ran on arm64 (slowest: $(slowest_step) s)" \
		grep -q '^# kernel: Linux .* aarch64' "$(last_log)"
	unset ARCH CROSS_COMPILE
}

# The kernels of all commits, for this machine's.
check_native()
{
	bisect_from tip -r 'object.fs.*'
	check "what breaks one type is found, past what does not build or boot" \
		[ "$CULPRIT" = "commit 5" ]
	check "the commit that does not build is skipped" \
		grep -q 'skip (125): the build failed' "$TMP/err"
	bisect_from tip -r 'object.sysvsem.*'
	check "what breaks another type, later, is found with -r" \
		[ "$CULPRIT" = "commit 14" ]
	check "no step takes more than 90 s ($(slowest_step) s)" \
		within 1 "$(slowest_step)" 90
	in_git checkout -q base
	in_git bisect start "tip~$((COMMITS - 13))" base >/dev/null 2>&1
	run git -C "$tree" bisect run "$TOP/run.sh" --bisect --build
	check "with all tests, the first of several is found" printed 'commit 5$'
	in_git bisect reset >/dev/null 2>&1

	in_git checkout -q tip~5
	run bash -c "cd '$tree' && '$TOP/run.sh' --bisect --build"
	check "a commit that does not boot is skipped" exited 125
	run bash -c "cd '$tree' && KCMP_BISECT=boot=1 '$TOP/run.sh' --bisect --build"
	check "or is bad, on request" exited 1
	run bash -c "cd '$tree' && '$TOP/run.sh' --bisect --build -r tpyo"
	check "a mistake in -r stops git" complained 255 "no test matches 'tpyo'"
	mkdir "$TMP/bin"
	for tool in /usr/bin/* /bin/*; do
		case ${tool##*/} in
		*gcc* | cc | c99-* | *clang*) ;;
		*) ln -sf "$tool" "$TMP/bin" ;;
		esac
	done
	run env PATH="$TMP/bin" bash -c "cd '$tree' && '$TOP/run.sh' --bisect --build"
	check "no compiler stops git" exited 255
	run unshare -m bash -c "mkdir '$TMP/full' &&
		mount -t tmpfs -o size=40m tmpfs '$TMP/full' && cd '$tree' &&
		XDG_CACHE_HOME='$TMP/full' '$TOP/run.sh' --bisect --build"
	check "a full disk stops git" exited 255
	(cd "$tree" && echo >>kernel/kcmp.c)
	run bash -c "cd '$tree' && '$TOP/run.sh' --bisect --build"
	check "a dirty tree stops git" complained 255 'changes'
	in_git checkout -q -f tip
	in_git bisect start tip base >/dev/null 2>&1
	run timeout -s INT 4 git -C "$tree" bisect run "$TOP/run.sh" --bisect --build
	check "after ^C, git knows what it did" in_git bisect log
	run timeout -k 5 -s INT 4 bash -c "cd '$tree' && exec env --default-signal=INT '$TOP/run.sh' --bisect --build"
	check "after ^C, the tree is as it was" [ -z "$(in_git status --porcelain -uno)" ]
	in_git bisect reset >/dev/null 2>&1
}

make_repository
make_commits
[ -n "${1:-}" ] || check_native
check_arm64
finish
