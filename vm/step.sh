# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: one step of a bisection, "git bisect run run.sh --bisect".
# Says good (0), bad (1) or skip (125) of the commit that is checked out here, or
# of an image; all errors of ours end in 255, which stops git.

# KCMP_BISECT="build=1 boot=1 ..." changes what a step makes of what can happen.
step_read_verdicts()
{
	local choice

	for choice in ${KCMP_BISECT:-}; do
		[[ $choice =~ ^(build|boot|skipped|guest)=(0|1|125|255)$ ]] ||
			die "KCMP_BISECT: '$choice' is not build, boot, skipped" \
			    "or guest = 0, 1, 125 or 255"
		VERDICT[${choice%=*}]=${choice#*=}
	done
}

# Sets TREE and NAME, what is judged, and LOG, where its story goes.
step_begin()
{
	local dir

	step_read_verdicts
	TREE='' NAME="the running kernel"
	[ ${#KERNELS[@]} -le 1 ] || die "--bisect takes one --kernel"
	[ ${#KERNELS[@]} = 0 ] || NAME=$(basename "${KERNELS[0]}")
	if [ -n "$BUILD" ]; then
		[ ${#KERNELS[@]} = 0 ] || die "--build and --kernel exclude each other"
		TREE=$PWD
		NAME=$(step_commit) || exit "$ERROR"
	fi
	dir=${KEEP_LOG:-$("$HERE/runner/cache.sh")/bisect} && mkdir -p "$dir" ||
		die "no place for the log"
	LOG=$dir/${NAME//[^A-Za-z0-9._-]/_}.log
	: 2>/dev/null >"$LOG" || die "cannot write to $LOG"
	PASS_ON=() KEEP_LOG=$dir
}

# Prints the commit that is checked out.
step_commit()
{
	[ -f kernel/kcmp.c ] && [ -f Kconfig ] ||
		die "$PWD is no kernel source tree with kcmp"
	git rev-parse --short=12 --verify -q HEAD ||
		die "$PWD is no git work tree"
	[ -z "$(git status --porcelain --untracked-files=no | head -n 1)" ] ||
		die "$PWD has changes that are in no commit"
}

# Prints the architecture of the kernels that are built.
step_arch()
{
	if [ -n "${ARCH:-}" ]; then
		arch_of_kbuild "$ARCH" || die "ARCH=$ARCH: guests have no machine for it"
	else
		host_arch
	fi
}

# Sets IMAGE to the kernel of the commit, built outside the tree, or by vng,
# which can do without that.  Returns the status of vm/build.sh.
step_build()
{
	local out status

	if [ "$VM" = vng ]; then
		vng_check "$(host_arch)"
		IMAGE=$TREE/${ROW[$(host_arch).image]}
		vng --build --force --config "$HERE/config" </dev/null >>"$LOG" 2>&1
		return
	fi
	out=$("$HERE/runner/cache.sh")/tree-$(cksum <<<"$TREE ${ARCH:-}" | cut -d ' ' -f 1) ||
		exit "$ERROR"
	temp_dir step
	IMAGE=$("$HERE/vm/build.sh" "$TREE" "$out" 2>"$TEMP_DIR/log")
	status=$?
	tee -a "$LOG" <"$TEMP_DIR/log" >&2
	return $status
}

# Tells what the step has decided, and exits with that.
step_end()
{
	local verdict=$1 words=([0]=good [1]=bad [125]=skip)

	shift
	say "$NAME: ${words[$verdict]:-stop} ($verdict): $*; build $BUILD_TIME s," \
	    "tests $((SECONDS - BUILD_TIME)) s; $LOG"
	exit "$verdict"
}

# Prints the line of the log that tells why a run was not green.
step_failure()
{
	sed -n 's/^# not ok [0-9]* \([^ ]*\).*/\1/p
		s/^not ok [0-9]* selftests: kcmp: \(.*\)/\1/p' "$LOG" |
		head -n 3 | tr '\n' ' ' | sed 's/ $//'
}

step_judge()
{
	local status=$1

	case $status in
	0) step_end 0 "nothing failed" ;;
	3) step_end "${VERDICT[boot]}" "no verdict: $REASON" ;;
	4) step_end "${VERDICT[skipped]}" "everything was skipped" ;;
	1) ;;
	*) exit "$status" ;;
	esac
	case $FATE in
	in\ * | after\ *) step_end "${VERDICT[guest]}" "$(step_failure)" ;;
	esac
	grep -q '^# not ok' "$LOG" || step_end "${VERDICT[guest]}" "$(step_failure)"
	step_end 1 "$(step_failure)"
}

run_step()
{
	BUILD_TIME=0
	if [ -n "$TREE" ]; then
		step_build
		case $? in
		0) KERNELS=("$IMAGE") ;;
		2) exit "$ERROR" ;;
		*) BUILD_TIME=$SECONDS
		   step_end "${VERDICT[build]}" "the build failed" ;;
		esac
		BUILD_TIME=$SECONDS
		check_kernels
	fi
	run_it >>"$LOG"
	step_judge $?
}
