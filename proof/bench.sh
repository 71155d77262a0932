#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Prints figures, and asserts nothing: how long the programs take compared with
# programs of as many empty tests, how long a guest takes, how fast kcmp(2) is.
# With BENCH_JSON=FILE they are written there too, as one JSON object.  Run by
# "make bench".
set -u -o pipefail
export LC_ALL=C
unset KCMP_BIN KCMP_STRESS KCMP_DISPOSABLE KCMP_YAMA_SCOPE_3 KCMP_USERS

readonly ROUNDS=5
readonly SERIES=6.12 VNG_SERIES=6.1-generic ONE_TEST=object.vm.same_for_one_task
# The guests come last, and have what is left of so many seconds.
readonly GUEST_ROUNDS=3 LIMIT=170
JSON=${BENCH_JSON:-}
[ -z "$JSON" ] || JSON=$(realpath -m -- "$JSON")
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P) || exit 2
readonly TOP JSON
read -r -a PROGRAMS <<<"$(sed -n 's/^TEST_GEN_PROGS := //p' "$TOP/Makefile")"
FUNCTIONAL=("${PROGRAMS[@]:0:${#PROGRAMS[@]} - 1}")
readonly PROGRAMS FUNCTIONAL STRESSFUL=${PROGRAMS[-1]}

say()
{
	echo "bench.sh: $*" >&2
}

die()
{
	say "$@"
	exit 2
}

clean_up()
{
	local jobs

	mapfile -t jobs < <(jobs -p)
	if [ ${#jobs[@]} -gt 0 ]; then
		kill "${jobs[@]}"
		wait
	fi 2>/dev/null
	[ -z "${TMP:-}" ] || rm -rf "$TMP"
}

# Runs a command; sets STATUS, $TMP/out and $TMP/err, and TOOK in microseconds.
# In the background, or a signal would have to wait for its end.
attempt()
{
	local begin=${EPOCHREALTIME/./}

	"$@" </dev/null >"$TMP/out" 2>"$TMP/err" &
	wait $!
	STATUS=$?
	TOOK=$((${EPOCHREALTIME/./} - begin))
}

# record NAME NUMBER and record_text NAME TEXT: the figures that JSON gets.
record()
{
	echo "$1 ${2:-null}" >>"$TMP/figures"
}

record_text()
{
	local text=${2//\\/\\\\}

	record "$1" "\"${text//\"/\\\"}\""
}

# --- what is needed --------------------------------------------------------

check_tools()
{
	local tool cc=${CROSS_COMPILE:-}gcc

	[ -n "${EPOCHREALTIME:-}" ] || die "needs bash 5 or later"
	[ -z "${LLVM:-}" ] || cc=clang
	for tool in make $cc; do
		command -v "$tool" >/dev/null || die "no $tool: apt-get install $tool"
	done
}

# Before minutes of work; nothing is left there should that be stopped.
check_json()
{
	[ -n "$JSON" ] || return 0
	if [ -e "$JSON" ]; then
		[ -f "$JSON" ] && [ -w "$JSON" ]
	else
		[ -w "${JSON%/*}/" ]
	fi || die "cannot write to $JSON"
}

# Sets KSFT_DIR as the Makefile does; it is used from other directories here.
find_harness()
{
	[ ! -e "$TOP/../lib.mk" ] || KSFT_DIR=${KSFT_DIR:-$TOP/..}
	[ -n "${KSFT_DIR:-}" ] || KSFT_DIR=$("$TOP/runner/harness.sh") || exit 2
	KSFT_DIR=$(realpath -m -- "$KSFT_DIR")
	[ -e "$KSFT_DIR/kselftest_harness.h" ] ||
		die "no kselftest_harness.h in KSFT_DIR=$KSFT_DIR"
	export KSFT_DIR
}

# Turns test ids into a program with the same tests, all of them empty.  An empty
# fixture would be of no size, which cannot be mapped.
empty_tests()
{
	awk -F . '
		BEGIN { print "#include \"kselftest_harness.h\"" }
		$1 == "global" { print "TEST(" $2 ") {}"; next }
		!fixtures[$1]++ {
			print "FIXTURE(" $1 ") { int x; };"
			print "FIXTURE_SETUP(" $1 ") {}"
			print "FIXTURE_TEARDOWN(" $1 ") {}"
			if (NF == 3)
				print "FIXTURE_VARIANT(" $1 ") { int x; };"
		}
		NF == 3 && !variants[$1, $2]++ {
			print "FIXTURE_VARIANT_ADD(" $1 ", " $2 ") { .x = 1 };"
		}
		!tests[$1, $NF]++ { print "TEST_F(" $1 ", " $NF ") {}" }
		END { print "TEST_HARNESS_MAIN" }'
}

build()
{
	attempt env TMPDIR="$TMP" make -s -j "$(nproc)" "$@"
	[ "$STATUS" = 0 ] || die "the build failed:" \
		"$(grep -m 1 -i -e error -e space "$TMP/err" || tail -n 1 "$TMP/err")"
}

# Prints the Makefile of the empty programs, which is that of most selftests.
empty_makefile()
{
	cat <<-END
	CFLAGS += -Wall -g -D_GNU_SOURCE= -I\$(KSFT_DIR) -Wno-unused-parameter
	TEST_GEN_PROGS := ${PROGRAMS[*]}
	include \$(KSFT_DIR)/lib.mk
	END
}

# Makes $TMP/suite and $TMP/empty.
build_all()
{
	local program

	mkdir "$TMP/suite" "$TMP/empty" && empty_makefile >"$TMP/empty/Makefile" ||
		die "cannot write to $TMP"
	build -C "$TOP" OUTPUT="$TMP/suite" all "$TMP/suite/kcmp_bench"
	for program in "${PROGRAMS[@]}"; do
		"$TMP/suite/$program" --list >"$TMP/$program.ids" ||
			die "$program has no list of its tests"
		empty_tests <"$TMP/$program.ids" >"$TMP/empty/$program.c"
	done
	build -C "$TMP/empty" OUTPUT="$TMP/empty" all
}

head_line()
{
	local load

	load=$(cut -d ' ' -f 1 /proc/loadavg)
	record_text date "$(date -u +%FT%TZ)"
	record_text kernel "$(uname -r)"
	record_text machine "$(uname -m)"
	record_text suite "$(git -C "$TOP" describe --always --dirty 2>/dev/null || echo unknown)"
	record cpus "$(nproc)"
	record load "$load"
	echo "kcmp: figures of $(date -u '+%F %T') UTC; Linux $(uname -r) $(uname -m)," \
	     "$(nproc) CPUs, load $load"
}

# --- the programs ----------------------------------------------------------

# with_times COMMAND...: writes its user and system time to $TMP/cpu.
with_times()
{
	local TIMEFORMAT='%3U %3S'

	{ time "$@" 2>&3; } 3>&2 2>"$TMP/cpu"
}

# Runs a program of a kind (suite, empty), and notes its time, and that of the CPUs
# in microseconds.
time_program()
{
	local cpu

	attempt with_times env TMPDIR="$TMP" "$TMP/$1/$2"
	cpu=$(awk '{ printf "%d", ($1 + $2) * 1e6 }' "$TMP/cpu")
	[[ $STATUS =~ ^[04]$ ]] || say "$2 ($1) ended with status $STATUS" \
		"$(grep -m 1 '^not ok' "$TMP/out")"
	echo "$1 $2 $TOOK" >>"$TMP/times"
	echo "$1-cpu $2 $cpu" >>"$TMP/times"
	[ "$1" = empty ] || grep -c '^ok .*# SKIP' "$TMP/out" >"$TMP/$2.skips"
}

# By turns: what disturbs the machine for a while disturbs both kinds.
time_programs()
{
	local round program

	for ((round = 0; round < ROUNDS; round++)); do
		for program in "${FUNCTIONAL[@]}"; do
			time_program suite "$program"
			time_program empty "$program"
		done
		time_program suite "$STRESSFUL"
	done
	# A line more for each round: the sum over the functional programs.
	awk -v "n=${#FUNCTIONAL[@]}" -v "stressful=$STRESSFUL" '
		{ print }
		$2 == stressful { next }
		{ sum[$1] += $3 }
		++seen[$1] % n == 0 { print $1, "functional", sum[$1]; sum[$1] = 0 }
	' "$TMP/times" >"$TMP/totals" && mv "$TMP/totals" "$TMP/times"
}

# median KIND NAME UNIT: prints it in units of so many microseconds.
median()
{
	awk -v "kind=$1" -v "name=$2" '$1 == kind && $2 == name { print $3 }' \
		"$TMP/times" | sort -n | awk -v "unit=$3" '
		{ took[NR] = $1 }
		END { if (NR) printf "%.1f\n", took[int((NR + 1) / 2)] / unit }'
}

# Sets CALLS to how often a program calls kcmp(), or to nothing.
count_calls()
{
	CALLS=''
	command -v strace >/dev/null || return
	attempt env TMPDIR="$TMP" strace -f -qq -c -e trace=kcmp \
		-o "$TMP/calls" "$TMP/suite/$1"
	CALLS=$(awk '$NF == "kcmp" { calls += $4 } END { if (calls) print calls }' "$TMP/calls" 2>/dev/null)
}

# Prints A divided by B, or nothing if there is no B.
ratio()
{
	[ -z "$2" ] || awk -v "a=$1" -v "b=$2" 'BEGIN { if (b) printf "%.2f\n", a / b }'
}

# program_row NAME TESTS SKIPPED CALLS
program_row()
{
	local took empty cpu empty_cpu ratio cpu_ratio

	took=$(median suite "$1" 1000)
	empty=$(median empty "$1" 1000)
	cpu=$(median suite-cpu "$1" 1000)
	empty_cpu=$(median empty-cpu "$1" 1000)
	ratio=$(ratio "$took" "$empty")
	cpu_ratio=$(ratio "$cpu" "$empty_cpu")
	printf '%-12s %7s %7s %7s %8s %8s %7s %8s %8s %7s\n' "$1" "$2" "$3" "${4:--}" \
		"$took" "${empty:--}" "${ratio:--}" "$cpu" "${empty_cpu:--}" \
		"${cpu_ratio:--}"
	record "programs.$1.tests" "$2"
	record "programs.$1.skipped" "$3"
	record "programs.$1.kcmp_calls" "$4"
	record "programs.$1.ms" "$took"
	record "programs.$1.empty_ms" "$empty"
	record "programs.$1.ratio" "$ratio"
	record "programs.$1.cpu_ms" "$cpu"
	record "programs.$1.empty_cpu_ms" "$empty_cpu"
	record "programs.$1.cpu_ratio" "$cpu_ratio"
}

measure_programs()
{
	local program tests skips sum=(0 0 0)

	printf '\nPrograms (ms, median of %d runs; empty: as many empty tests)\n' $ROUNDS
	printf '%-12s %7s %7s %7s %8s %8s %7s %8s %8s %7s\n' '' tests skipped calls \
		time empty ratio CPU empty ratio
	time_programs
	for program in "${PROGRAMS[@]}"; do
		tests=$(wc -l <"$TMP/$program.ids")
		skips=$(cat "$TMP/$program.skips")
		count_calls "$program"
		[ "$program" != "$STRESSFUL" ] ||
			program_row functional "${sum[@]:0:2}" "${sum[2]#0}"
		program_row "$program" "$tests" "$skips" "$CALLS"
		sum=($((sum[0] + tests)) $((sum[1] + skips))
		     $((sum[2] + ${CALLS:-0})))
	done
	if [ -n "$CALLS" ]; then
		echo "calls: of kcmp(), counted by strace, which slows stress_test down"
	else
		echo "calls: not counted, strace is missing or may not trace"
	fi
}

# --- kcmp() itself ---------------------------------------------------------

# figure NAME: prints what kcmp_bench has found out.
figure()
{
	awk -v "name=kcmp.$1" '
		$1 == name { print $2 == "null" ? "-" : $2 }' "$TMP/kcmp"
}

type_rows()
{
	printf '%-18s %9s %14s %9s %14s\n' '' itself '/ getppid()' \
		'a child' '/ getppid()'
	awk '
		function cells(ns) {
			if (ns == "null")
				return sprintf(" %9s %14s", "-", "-")
			return sprintf(" %9s %14.2f", ns, ns / getppid)
		}
		{ split($1, name, ".") }
		$1 == "kcmp.getppid_ns" { getppid = $2 }
		name[2] != "type" { next }
		name[4] == "itself_ns" { printf "%-18s%s", name[3], cells($2) }
		name[4] == "child_ns" { print cells($2) }
		END { printf "%-18s %9s\n", "getppid()", getppid }
	' "$TMP/kcmp"
}

# number_row GROUP NAME LABEL: of figures called GROUP.NUMBER.NAME.  Without a
# name, the numbers themselves.
number_row()
{
	local number

	printf '%-18s' "${3:-}"
	for number in $(sed -n "s/^kcmp\.$1\.\([0-9]*\)\..*/\1/p" "$TMP/kcmp" | uniq); do
		[ $# = 1 ] || number=$(figure "$1.$number.$2")
		printf ' %9s' "$number"
	done
	echo
}

measure_kcmp()
{
	attempt "$TMP/suite/kcmp_bench"
	[ "$STATUS" = 0 ] || say "kcmp_bench: $(tail -n 1 "$TMP/err")"
	mv "$TMP/out" "$TMP/kcmp"
	cat "$TMP/kcmp" >>"$TMP/figures"
	printf '\nkcmp(), the caller about itself and against a child (ns a call, best of 5)\n'
	type_rows
	printf '\nkcmp() by the number of open descriptors, of registrations (ns a call)\n'
	number_row registrations
	number_row descriptors file_ns FILE
	number_row registrations first_ns 'EPOLL_TFD, first'
	number_row registrations last_ns 'EPOLL_TFD, last'
	printf '\nkcmp() by the number of threads that call it (VM; calls a second, all together)\n'
	number_row threads
	number_row threads one_target_per_s 'one target'
	number_row threads own_target_per_s 'one target each'
}

# --- guests ----------------------------------------------------------------

# Sets IMAGE, or WHY there is none.  Nothing is fetched for a benchmark.
find_image()
{
	local cache

	IMAGE='' WHY="no qemu-system-x86_64"
	command -v qemu-system-x86_64 >/dev/null || return
	WHY="no kernel in the cache, see vm/kernels.sh $SERIES"
	cache=$("$TOP/runner/cache.sh" 2>/dev/null)/kernel-$SERIES
	[ -d "$cache" ] || return
	attempt "$TOP/vm/kernels.sh" $SERIES
	[ "$STATUS" = 0 ] || return
	IMAGE=$(cat "$TMP/out")
	# This builds the programs, too.
	attempt "$TOP/run.sh" --kernel "$IMAGE" --list
	WHY=$(tail -n 1 "$TMP/err")
	[ "$STATUS" = 0 ]
}

# time_guest NAME OPTION...
time_guest()
{
	attempt "$TOP/run.sh" --kernel "$IMAGE" "${@:2}"
	if grep -q '^ok .* selftests: kcmp: guest' "$TMP/out"; then
		echo "guest $1 $TOOK" >>"$TMP/times"
		GUEST=$(sed -n 's/^# guest: \([^,]*\).*/\1/p' "$TMP/out")
		RELEASE=$(sed -n 's/^# kernel: Linux \([^ ]*\).*/\1/p' "$TMP/out")
	fi
	[ "$STATUS" = 0 ] || say "run.sh --kernel $IMAGE ${*:2}: status $STATUS"
}

# The same guest, powered off as soon as it has booted: its verdict is bad.
time_bare_guest()
{
	attempt "$TOP/run.sh" --kernel "$IMAGE" -r $ONE_TEST --keep-log "$TMP" \
		--append 'rdinit=/bin/sh -- -c "/bin/reboot -f"'
	! grep -q 'the guest died before the tests' "$TMP/err" ||
		echo "guest bare $TOOK" >>"$TMP/times"
}

guest_row()
{
	local took

	took=$(median guest "$1" 1000000)
	printf '%-24s %8s\n' "$2" "${took:--}"
	record "guest.$1_s" "$took"
}

measure_guests()
{
	local round begin

	if ! find_image; then
		printf '\nGuests: not measured: %s\n' "$WHY"
		record_text guest.not_measured "$WHY"
		return
	fi
	RELEASE='' GUEST=''
	for ((round = 0; round < GUEST_ROUNDS; round++)); do
		((round == 0 || 2 * SECONDS - begin < LIMIT)) || break
		begin=$SECONDS
		time_guest suite --stress=0
		time_guest boot -r $ONE_TEST
		time_bare_guest
	done
	printf '\nGuests (s, median of %d runs of run.sh --kernel; Linux %s, %s)\n' \
		$round "${RELEASE:--}" "${GUEST:--}"
	guest_row suite "functional programs"
	guest_row boot "one test"
	guest_row bare "power-off"
	record guest.runs $round
	record_text guest.kernel "$RELEASE"
	record_text guest.machine "$GUEST"
	record_text guest.accel "$(grep -o -w -m 1 -e kvm -e tcg <<<"$GUEST")"
}

# Once each: they take most of a minute under emulation.
measure_vng()
{
	local accel=()

	command -v vng >/dev/null && [ -n "$IMAGE" ] &&
		[ -d "$("$TOP/runner/cache.sh")/kernel-$VNG_SERIES" ] || {
		printf '\nvirtme-ng: not measured: no vng, or no %s in the cache\n' \
			$VNG_SERIES
		return
	}
	attempt "$TOP/vm/kernels.sh" $VNG_SERIES
	IMAGE=$(cat "$TMP/out")
	time_guest vng_suite --stress=0 --vm vng
	[[ $GUEST == *kvm* ]] ||
		accel=(--disable-kvm --qemu-opts="-accel tcg,thread=single -cpu max,-cx16")
	attempt timeout 120 vng -r "$IMAGE" --cpus 2 --memory 512M "${accel[@]}" \
		-- true
	[ "$STATUS" != 0 ] || echo "guest vng_true $TOOK" >>"$TMP/times"
	printf '\nvirtme-ng (s, once; Linux %s, %s)\n' "${RELEASE:--}" "${GUEST:--}"
	guest_row vng_suite "functional programs"
	guest_row vng_true "vng -r IMAGE -- true"
}

# --- JSON ------------------------------------------------------------------

# The dots in the names of figures make the objects.
write_json()
{
	sort "$TMP/figures" | awk '
		BEGIN { printf "{" }
		{
			n = split($1, path, ".")
			same = 0
			while (same < depth && same < n - 1 &&
			       path[same + 1] == opened[same + 1])
				same++
			for (; depth > same; depth--)
				printf "}"
			print (NR > 1 ? "," : "")
			for (; depth < n - 1; opened[depth] = path[depth]) {
				depth++
				printf "\"%s\": {", path[depth]
			}
			sub(/^[^ ]* /, "")
			printf "\"%s\": %s", path[n], $0
		}
		END {
			for (; depth > 0; depth--)
				printf "}"
			print "\n}"
		}' >"$JSON"
}

main()
{
	trap clean_up EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 141' PIPE
	trap 'exit 143' TERM
	check_tools
	check_json
	find_harness
	TMP=$(mktemp -d "${TMPDIR:-/tmp}/kcmp-bench.XXXXXX" 2>/dev/null) ||
		die "cannot write to ${TMPDIR:-/tmp}"
	# The tests of perm_test have other users look for files in there.
	chmod 755 "$TMP"
	build_all
	head_line 2>/dev/null || die "cannot write to stdout"
	measure_programs
	measure_kcmp
	measure_guests
	measure_vng
	[ -z "$JSON" ] || write_json || die "cannot write to $JSON"
}

main "$@"
