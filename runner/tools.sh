# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: the tools that it needs, and the Debian packages that have
# them.

# Prints the package of a tool.
package_of()
{
	case $1 in
	awk) echo mawk ;;
	sh) echo dash ;;
	find | xargs) echo findutils ;;
	getopt | setsid | flock | setpriv) echo util-linux ;;
	xz) echo xz-utils ;;
	busybox) echo busybox-static ;;
	vng) echo "virtme-ng (Debian 13)" ;;
	qemu-system-x86_64) echo qemu-system-x86 ;;
	basename | cat | chmod | cksum | cp | cut | dd | dirname | env | head | id | \
	ln | mkdir | mkfifo | mktemp | mv | od | readlink | rm | sleep | sort | stat | \
	tail | timeout | tr | uname | wc) echo coreutils ;;
	*) echo "$1" ;;
	esac
}

# need_tools TOOL...: dies with one line if one of them is missing.
need_tools()
{
	local tool

	for tool; do
		command -v "$tool" >/dev/null ||
			die "no $tool: run './run.sh --setup', or" \
			    "apt-get install $(package_of "$tool")"
	done
}

# Checks for the tools that each run needs, whatever its options are.
check_tools()
{
	[ -c /dev/null ] || die "no /dev/null"
	need_tools sh awk sed grep getopt setsid flock basename cat chmod cksum \
		cut dirname head id mkdir mkfifo mktemp readlink rm sleep sort stat \
		tail tr uname
}
