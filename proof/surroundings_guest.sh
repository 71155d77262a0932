#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# surroundings_guest.sh [-p PROGRAM,PROGRAM...] [-t TABLE] [SERIES]...: the suite in
# the situations of proof/surroundings/guest, in one guest for each of these kernels
# of Debian.  The situations are those that take a machine of their own; what is
# expected is as in surroundings.sh.  Without -p, all programs but model_test and
# stress_test run.
# shellcheck source=/dev/null
. "$(dirname "$0")/../t/tap.sh"
# shellcheck source=/dev/null
. "$TOP/vm/arch.sh"

TABLE=$TOP/proof/surroundings/guest
readonly CANNOT=77
export RUN_TIMEOUT=${RUN_TIMEOUT:-3600}
PROGRAMS=kcmp_test,file_test,epoll_test,clone_test,unshare_test,perm_test,lsm_test,observe_test
while getopts p:t: option; do
	case $option in
	p) PROGRAMS=$OPTARG ;;
	t) TABLE=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))

# Makes $TMP/initramfs.
make_initramfs()
{
	local root=$TMP/root program

	mkdir -p "$TMP/bin" "$root"/{bin,etc,programs,proc,sys,dev,tmp} &&
	make -s -C "$TOP" OUTPUT="$TMP/bin" USERLDFLAGS=-static >&2 || exit 2
	cp "$(command -v busybox)" "$root/bin/busybox" || exit 2
	for program in ${PROGRAMS//,/ }; do
		strip -o "$root/programs/$program" "$TMP/bin/$program" || exit 2
	done
	cp "$TOP/proof/surroundings/init" "$root/init"
	tr -s '\t' <"$TABLE" >"$root/table"
	printf '%s\n' 'root:x:0:0::/:/bin/sh' 'nobody:x:65534:65534::/:/bin/sh' \
		>"$root/etc/passwd"
	(cd "$root" && find . | busybox cpio -o -H newc) >"$TMP/initramfs" 2>/dev/null
}

# run_guest IMAGE: boots it; what the situations print is then in $TMP/wire.
run_guest()
{
	local board

	read -r -a board <<<"${ROW[x86_64.board]}"
	: >"$TMP/wire"
	run qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot \
		-m 512 -accel tcg,thread=single -icount shift=3,sleep=off \
		-cpu "${ROW[x86_64.cpu]}" \
		-chardev "file,id=console,path=$TMP/console" \
		-chardev "file,id=wire,path=$TMP/wire" "${board[@]}" \
		-kernel "$1" -initrd "$TMP/initramfs" -append \
		"console=ttyS0 panic=-1 slab_nomerge ${ROW[x86_64.append]}"
	tr -d '\r' <"$TMP/wire" >"$TMP/all"
}

# part NAME USER: prints what was printed in a situation.
part()
{
	awk -v "from==== $1, as $2: begin" -v "to==== $1, as $2: " '
		$0 == from { on = 1; next }
		on && index($0, to) == 1 { exit }
		on { print }' "$TMP/all"
}

skips()
{
	sed -n 's/^ok [0-9]* \([^ ]* # SKIP .*\)/\1/p' | sort -u
}

# judge NAME USER EXPECTED
judge()
{
	local want=${3%% *} globs='' got

	[[ $3 != *' '* ]] || globs=${3#* }
	got=$(sed -n "s/^=== $1, as $2: \([0-9]*\)$/\1/p" "$TMP/all")
	if [ "$got" = "$CANNOT" ]; then
		skip "$KERNEL: $1, as $2" "cannot be had here"
		return
	fi
	part "$1" "$2" >"$TMP/part"
	check "$KERNEL: $1, as $2" as_expected "$2" "$got" "$want" "$globs"
}

# as_expected USER GOT WANT GLOBS
as_expected()
{
	local line glob known

	[ "$2" = "$3" ] || {
		grep -a -B 9 '^not ok' "$TMP/part" | head -n 60
		echo "exit status ${2:-none}, not $3"
		return 1
	}
	skips <"$TMP/part" | comm -13 "$TMP/ordinary.$1" - >"$TMP/new"
	while IFS= read -r line; do
		known=''
		while IFS= read -r glob; do
			# shellcheck disable=SC2053
			[ -z "$glob" ] || [[ ${line#* # SKIP } != $glob ]] || known=1
		done <<<"${4//; /$'\n'}"
		[ -n "$known" ] || { echo "unexpected skip: $line" && return 1; }
	done <"$TMP/new"
}

judge_all()
{
	local name users expected user

	for user in root nobody; do
		part 'an ordinary run' "$user" | skips >"$TMP/ordinary.$user"
		judge 'an ordinary run' "$user" '0 *'
	done
	while IFS=$'\t' read -r name users expected _; do
		[[ $name != '#'* ]] && [ -n "$name" ] || continue
		[ "$users" != both ] || users='root nobody'
		for user in $users; do
			judge "$name" "$user" "$expected"
		done
	done < <(tr -s '\t' <"$TABLE")
	check "$KERNEL: all situations were run" grep -q '^=== the end' "$TMP/all"
}

[ $# -gt 0 ] || set -- 6.12 7.3
make_initramfs
for KERNEL; do
	image=$("$TOP/vm/kernels.sh" "$KERNEL") || {
		skip "$KERNEL" "the archive does not serve it"
		continue
	}
	run_guest "$image"
	judge_all
	[ -z "${KEEP:-}" ] || cp "$TMP/all" "$KEEP.$KERNEL"
done
finish
