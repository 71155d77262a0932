# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: installs what is missing (--setup), and builds the programs.

# A package (proof/package.sh) has them already.
[ -n "${KCMP_BIN:-}" ] || [ ! -d "$HERE/programs" ] || KCMP_BIN=$HERE/programs

# Prints the missing packages of those that build and check the suite.
missing_packages()
{
	command -v gcc >/dev/null || echo gcc
	command -v make >/dev/null || echo make
	command -v xz >/dev/null || echo xz-utils
	command -v strace >/dev/null || echo strace
	command -v prove >/dev/null || echo perl
	[ -e /usr/include/linux/kcmp.h ] || echo linux-libc-dev
	[ -e /usr/include/stdio.h ] || echo libc6-dev
	[ -n "${KSFT_DIR:-}" ] || "$HERE/runner/harness.sh" >/dev/null 2>&1 ||
		echo linux-source-6.12
	in_guests || return
	[ -z "$BUILD" ] || missing_build_packages
	guest_missing_packages
}

missing_build_packages()
{
	local tool

	for tool in flex bison bc perl; do
		command -v $tool >/dev/null || echo $tool
	done
	[ -e /usr/include/libelf.h ] || echo libelf-dev
}

setup()
{
	local packages=()

	missing_packages | mapfile -t packages
	[ ${#packages[@]} -gt 0 ] || return 0
	command -v apt-get >/dev/null ||
		die "--setup knows Debian only; missing: ${packages[*]}"
	say "installing ${packages[*]}"
	{
		apt-get -q update &&
		DEBIAN_FRONTEND=noninteractive apt-get -q -y \
			--no-install-recommends install "${packages[@]}"
	} >&2 </dev/null || die "cannot install ${packages[*]}"
}

# Prints what, besides the sources, decides what the compiler makes; nothing if
# all is as usual.
compiler_settings()
{
	local name

	for name in CC LLVM ARCH CROSS_COMPILE USERCFLAGS USERLDFLAGS KHDR_INCLUDES; do
		[ -z "${!name:-}" ] || echo "$name=${!name}"
	done
}

# output_directory LINK: prints the directory to build in, which is made if need
# be: the sources' own, or one in the cache for each checkout, compiler and flags.
output_directory()
{
	local directory settings

	settings=$(compiler_settings)
	if [ "$1$settings" = dynamic ] && [ -w "$HERE" ] &&
	   [[ ! $HERE =~ [[:space:]] ]]; then
		echo "$HERE"
		return
	fi
	directory=$("$HERE/runner/cache.sh") || return
	directory+=/$1-$(cksum <<<"$HERE $settings" | cut -d ' ' -f 1)
	mkdir -p "$directory" || die "cannot write to $directory"
	echo "$directory"
}

# Sets BIN, the directory of the programs, and brings them up to date; they are
# static for guests.
build()
{
	local lock link=dynamic flags=${USERLDFLAGS:-}

	BIN=${KCMP_BIN:-}
	[ -z "$BIN" ] || return 0
	! in_guests || link=static flags+=' -static'
	check_compiler
	BIN=$(output_directory $link) || exit "$ERROR"
	# Before the lock: the cleaner that it starts would keep it.
	temp_dir build
	exec {lock}<"$BIN"
	flock "$lock"
	if in_guests; then
		# CROSS_COMPILE and ARCH are those of a kernel.
		compile "$flags" CROSS_COMPILE= ARCH=
	else
		compile "$flags"
	fi
	exec {lock}<&-
}

# The compiler that CC, LLVM and CROSS_COMPILE ask for is make's affair.
check_compiler()
{
	need_tools make
	[ -n "${CC:-}${LLVM:-}${CROSS_COMPILE:-}" ] || need_tools gcc
}

# compile LDFLAGS [VARIABLE=VALUE]...: runs make in the background, so that signals
# end it at once.  Its log is in TEMP_DIR.
compile()
{
	local log self=$BASHPID flags=$1

	shift
	log=$TEMP_DIR/log
	(
		cd "$HERE" || exit
		exec_mortal "$self" setsid make -s -j "$(nproc 2>/dev/null || echo 1)" \
			OUTPUT="$BIN" USERLDFLAGS="$flags" "$@"
	) >"$log" 2>&1 </dev/null &
	wait $! || {
		tail -n 20 "$log" >&2
		die "the build failed"
	}
}
