#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# How the suite builds, and what run.sh says where it cannot: compilers, static
# and dynamic, read-only and awkward places, missing tools, full disks.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

# What git would check out, be there a git or not.
sources()
{
	git ls-files -coz --exclude-standard 2>/dev/null ||
		find . -type f ! -path './.git/*' ! -name '*.o' -print0 |
		grep -zvxF "$(sed 's|^/|./|' .gitignore)"
}

# fresh DIR: a checkout as git would make it.
fresh()
{
	mkdir -p "$1"
	(cd "$TOP" && sources |
		xargs -0 cp --parents -t "$1")
}

# slim DIR: leaves it two programs to build.
slim()
{
	sed -i 's/^TEST_GEN_PROGS :=.*/TEST_GEN_PROGS := kcmp_test file_test/' "$1/Makefile"
}

listing()
{
	(cd "$1" && find . -printf '%p %y\n' | LC_ALL=C sort)
}

readonly TEST='*.same*'
fresh "$TMP/src"

for compiler in gcc clang; do
	for link in dynamic static; do
		name="$compiler, $link, without a warning"
		command -v "$compiler" >/dev/null || {
			skip "$name" "missing $compiler"
			continue
		}
		llvm=
		[ $compiler = gcc ] || llvm=1
		flags=
		[ $link = dynamic ] || flags=-static
		out="$TMP/$compiler-$link"
		mkdir "$out"
		run make -j "$(nproc)" -C "$TMP/src" LLVM=$llvm USERCFLAGS=-Werror \
			USERLDFLAGS=$flags OUTPUT="$out"
		check "$name" exited 0
		KCMP_BIN=$out run "$TOP/run.sh" -r "$TEST"
		check "built by $compiler, $link, it runs" exited 0
	done
done

listing "$TMP/src" >"$TMP/before"
slim "$TMP/src"
run make -C "$TMP/src"
check "make builds in the checkout" exited 0
run make -C "$TMP/src" clean
listing "$TMP/src" >"$TMP/after"
check "make clean leaves the checkout as it was" same "$TMP/before" "$TMP/after"

run "$TMP/src/run.sh" -r "$TEST"
check "a fresh checkout builds and runs" exited 0
(cd "$TMP/src" && find . -name '*_test' -delete)
"$TMP/src/run.sh" -r "$TEST" >"$TMP/other" 2>&1 </dev/null &
run "$TMP/src/run.sh" -r "$TEST"
wait $!
check "two first runs at once do not meet" [ "$?$STATUS" = 00 ]
(cd "$TMP/src" && find . -name '*_test' -delete)

fresh "$TMP/with some space"
slim "$TMP/with some space"
run "$TMP/with some space/run.sh" -r "$TEST"
check "a path with spaces works" exited 0
listing "$TMP/with some space" >"$TMP/after"
check "a path with spaces is built elsewhere" \
	same "$TMP/before" "$TMP/after"

TMPDIR=/nonexistent run "$TMP/src/run.sh"
check "an unwritable TMPDIR is a matter of skips" exited 0
check "an unwritable TMPDIR is named" \
	printed '^# ok .*unlinked.* # SKIP needs O_TMPFILE in TMPDIR'

# tools NAME...: a PATH with these only, and what any script needs.
tools()
{
	local tool

	rm -rf "${TMP:?}/path"
	mkdir "$TMP/path"
	for tool in bash sh sed awk mawk readlink dirname basename id mkdir chmod \
		    mktemp sort tail head cut stat tar xz mv rm cat uname git \
		    printf cksum env flock getopt mkfifo setsid setpriv sleep tr grep "$@"; do
		tool=$(command -v "$tool") && ln -s "$(readlink -f "$tool")" \
			"$TMP/path/${tool##*/}"
	done
}

rm -f "$TMP/src"/*_test
tools make
run env PATH="$TMP/path" "$TMP/src/run.sh"
check "without a compiler, one line says so" complained 2 "no gcc.*apt-get"
tools gcc
run env PATH="$TMP/path" "$TMP/src/run.sh"
check "without make, one line says so" complained 2 "no make.*apt-get"
mkdir "$TMP/empty"
KCMP_SOURCE_PACKAGES=$TMP/empty run "$TMP/src/run.sh"
check "without a harness, the package is named" exited 2
check "without a harness, nothing is on stdout" [ ! -s "$TMP/out" ]
check "without a harness, one line names the package" \
	[ "$(grep -c 'linux-source' "$TMP/err")" = 1 ]
touch "$TMP/empty/linux-source-6.1.tar.xz"
KCMP_SOURCE_PACKAGES=$TMP/empty run "$TMP/src/runner/harness.sh"
check "a harness before 6.12 is not taken" complained 2 "linux-source-6.12"
touch "$TMP/empty/linux-source-6.19.tar.xz"
KCMP_SOURCE_PACKAGES=$TMP/empty XDG_CACHE_HOME=$TMP/cache \
	run "$TMP/src/runner/harness.sh"
check "a broken package is an error" exited 2
check "a broken package leaves nothing in the cache" \
	[ -z "$(ls "$TMP/cache/kcmp")" ]

# As an unprivileged user, who cannot write to the checkout.
chmod -R go+rX "$TMP/src"
if setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null; then
	mkdir -m 777 "$TMP/home"
	listing "$TMP/src" >"$TMP/before"
	HOME=$TMP/home XDG_CACHE_HOME='' run setpriv --reuid 65534 \
		--regid 65534 --clear-groups "$TMP/src/run.sh" -r "$TEST"
	check "nobody can build and run a checkout of somebody else" exited 0
	listing "$TMP/src" >"$TMP/after"
	check "nobody left the checkout as it was" \
		same "$TMP/before" "$TMP/after"
	HOME=/nonexistent XDG_CACHE_HOME='' TMPDIR=/nonexistent run setpriv \
		--reuid 65534 --regid 65534 --clear-groups "$TMP/src/run.sh"
	check "without a place for the cache, one line says so" \
		exited 2
else
	skip "nobody can build and run" "missing CAP_SETUID"
fi

# A disk that is full before the first program is linked.
if unshare -m true 2>/dev/null; then
	# shellcheck disable=SC2016
	run unshare -m bash -c '
		size=$(($(du -sk "$2" | cut -f 1) + 60))k
		mount -t tmpfs -o "size=$size" none "$1" &&
		cp -r "$2"/. "$1" && "$1/run.sh"; echo "status $?"
	' full "$TMP/empty" "$TMP/src"
	check "a full disk while building is an error" printed '^status 2$'
	check "a full disk while building is told in the last line" \
		[ "$(tail -n 1 "$TMP/err")" = "run.sh: the build failed" ]
else
	skip "a full disk while building is an error" "missing CAP_SYS_ADMIN"
fi

finish
