#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Everything that has to be green before a change lands, from a bare Debian
# machine on, as root.  What failed is repeated at the end, for whoever sees
# only that; the last line is "N passed, N failed, N skipped".
set -u -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

readonly TOOLS=(clang shellcheck perl rsync gcc-aarch64-linux-gnu
		libc6-dev-arm64-cross qemu-system-x86 busybox-static udev
		python3-requests python3-argcomplete file kmod)
PASSED=0 FAILED=0 SKIPPED=0
LOG=$(mktemp) && FAILURES=$(mktemp) || exit 2
trap 'rm -f "$LOG" "$FAILURES"' EXIT

# step NAME COMMAND...: adds what the command's last "N passed, N failed, N
# skipped" says; one that fails without saying why counts as a failure.
step()
{
	local name=$1 status begin=$SECONDS counts

	shift
	echo "=== $name: $*"
	"$@" </dev/null 2>&1 | tee "$LOG"
	status=${PIPESTATUS[0]}
	mapfile -t counts < <(
		grep -Eo '[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped' "$LOG" |
			tail -n 1 | grep -Eo '[0-9]+')
	PASSED=$((PASSED + ${counts[0]:-0}))
	FAILED=$((FAILED + ${counts[1]:-0}))
	SKIPPED=$((SKIPPED + ${counts[2]:-0}))
	[ "$status" = 0 ] || [ "${counts[1]:-0}" != 0 ] || FAILED=$((FAILED + 1))
	[ "$status" = 0 ] || what_failed "$name" >>"$FAILURES"
	echo "=== $name: status $status after $((SECONDS - begin)) s"
}

# what_failed NAME: of the last step, with what it said of it.
what_failed()
{
	echo "=== not ok: $1"
	grep -aE -A 9 '^([# ]*)not ok' "$LOG" | head -n 200
	tail -n 5 "$LOG"
}

install_tools()
{
	DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
		install "${TOOLS[@]}"
}

# virtme-ng is in later Debians only; it has no dependency that this one lacks.
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
step "make check-trees" make check-trees
step "make check-kernels" make check-kernels
step "as root" ./run.sh --repeat 5
step "as nobody" as_nobody --repeat 5
cat "$FAILURES"
echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
[ $FAILED = 0 ]
