#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Everything that has to be green before a change lands, from a bare Debian
# machine on, as root.  Failures are repeated at the end; the last line is
# "N passed, N failed, N skipped".
set -u -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

readonly TOOLS=(clang clang-format shellcheck perl rsync qemu-system-x86
		busybox-static udev python3-requests python3-argcomplete file
		kmod mandoc groff debootstrap strace gdb jq libxml2-utils
		python3-yaml
		gcc-aarch64-linux-gnu libc6-dev-arm64-cross
		gcc-s390x-linux-gnu libc6-dev-s390x-cross
		gcc-powerpc64le-linux-gnu libc6-dev-ppc64el-cross
		gcc-riscv64-linux-gnu libc6-dev-riscv64-cross
		gcc-i686-linux-gnu libc6-dev-i386-cross
		gcc-arm-linux-gnueabihf libc6-dev-armhf-cross)
PASSED=0 FAILED=0 SKIPPED=0
LOG=$(mktemp) && FAILURES=$(mktemp) && TIMES=$(mktemp) || exit 2
trap 'rm -f "$LOG" "$FAILURES" "$TIMES"' EXIT

# step NAME COMMAND...: adds the counts of the last "N passed, N failed, N skipped"
# that the command prints; a command that fails without one counts as a failure.
step()
{
	local name=$1 status begin=$SECONDS counts=()

	shift
	echo "=== $name: $*"
	"$@" </dev/null 2>&1 | tee "$LOG"
	status=${PIPESTATUS[0]}
	read -r -a counts <<<"$(grep -Eo '[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped' "$LOG" |
		tail -n 1 | tr -cd '0-9 ')"
	PASSED=$((PASSED + ${counts[0]:-0}))
	FAILED=$((FAILED + ${counts[1]:-0}))
	SKIPPED=$((SKIPPED + ${counts[2]:-0}))
	[ "$status" = 0 ] || [ "${counts[1]:-0}" != 0 ] || FAILED=$((FAILED + 1))
	[ "$status" = 0 ] || show_failures "$name" >>"$FAILURES"
	echo "=== $name: status $status after $((SECONDS - begin)) s" |
		tee -a "$TIMES"
}

# show_failures NAME: prints the failures of the last step with their context.
show_failures()
{
	echo "=== not ok: $1"
	grep -aE -B 6 -A 12 '^([# ]*)not ok' "$LOG" | head -n 300
	tail -n 5 "$LOG"
}

install_tools()
{
	DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
		install "${TOOLS[@]}"
}

# virtme-ng is in later Debians only; its dependencies are all in this one.
install_vng()
{
	local dir

	dir=$(mktemp -d) && vm/apt.sh get "$dir" virtme-ng &&
		cp -a "$dir/usr" /
	rm -rf "$dir"
}

as_nobody()
{
	chmod -R go+rX .
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		env HOME=/nonexistent ./run.sh "$@"
}

step "set-up" ./run.sh --setup
step "tools for the checks" install_tools
step "virtme-ng" install_vng
step "make check" make check
step "minimal root" proof/minimal_root.sh bookworm ./run.sh --setup
step "make check-trees" make check-trees
step "make check-kernels" make check-kernels
step "as root" ./run.sh --repeat 5
step "as nobody" as_nobody --repeat 5
cat "$FAILURES" "$TIMES"
echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
[ $FAILED = 0 ]
