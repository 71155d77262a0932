# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: installs what is missing (--setup), and builds the programs.

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
	command -v qemu-system-x86_64 >/dev/null || echo qemu-system-x86
	command -v busybox >/dev/null || echo busybox-static
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

# Prints the directory to build in, which is made if need be.
output_directory()
{
	local directory=$HERE name=bin

	! in_guests || name=static
	if [ ! -w "$HERE" ] || [[ $HERE =~ [[:space:]] ]] || [ $name = static ]; then
		directory=$("$HERE/runner/cache.sh") || return
		directory+=/$name-$(cksum <<<"$HERE" | cut -d ' ' -f 1)
		mkdir -p "$directory" || die "cannot write to $directory"
	fi
	echo "$directory"
}

# Sets BIN, the directory of the programs, and brings them up to date; they are
# static for guests.
build()
{
	local lock flags=''

	BIN=${KCMP_BIN:-}
	[ -z "$BIN" ] || return 0
	! in_guests || flags=-static
	need_tools gcc make
	BIN=$(output_directory) || exit "$ERROR"
	exec {lock}<"$BIN"
	flock "$lock"
	compile "$flags"
	exec {lock}<&-
}

# compile LDFLAGS: runs make in the background, so that signals end it at once.
compile()
{
	local log status self=$BASHPID

	temp_dir build
	log=$TEMP_DIR/log
	(
		cd "$HERE" || exit
		exec_mortal "$self" setsid make -s OUTPUT="$BIN" USERLDFLAGS="$1"
	) >"$log" 2>&1 </dev/null {lock}<&- &
	wait $!
	status=$?
	[ $status = 0 ] || {
		tail -n 20 "$log" >&2
		die "the build failed"
	}
}
