# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: runs the suite on several kernels, some at a time, each by
# a run.sh of its own, and compares them.

# Starts the run on kernel number $1, in the background.
matrix_start()
{
	"$HERE/run.sh" "${PASS_ON[@]}" -j 1 --kernel "${KERNELS[$1]}" \
		${RESULTS:+--results "$WORK/$1.json"} \
		</dev/null >"$WORK/$1.tap" 2>"$WORK/$1.err" &
	RUNS[$1]=$!
}

# The first one finds out whether KVM works; the others need not try, too.
matrix_await_accel()
{
	local i file

	file=$(qemu_accel_file)
	for ((i = 0; i < 100; i++)); do
		[ ! -s "$file" ] && [ -w /dev/kvm ] && kill -0 "${RUNS[0]}" 2>/dev/null ||
			return
		sleep 0.1
	done
}

# Passes on what kernel number $1 gave, as a level of its own.
matrix_report()
{
	local status=$2 name

	name=$(matrix_name "$1")
	add_results "$WORK/$1.json"
	sed 's/^/# /' "$WORK/$1.tap"
	grep -v '^run.sh: [0-9]* passed' "$WORK/$1.err" >&2
	case $status in
	0) echo "ok $(($1 + 1)) kernel: $name" ;;
	3) echo "not ok $(($1 + 1)) kernel: $name # no verdict" ;;
	4) echo "ok $(($1 + 1)) kernel: $name # SKIP" ;;
	*) echo "not ok $(($1 + 1)) kernel: $name # exit=$status" ;;
	esac
}

# Prints the release of kernel number $1, and its architecture unless all kernels
# are of this machine's.
matrix_name()
{
	local arch

	arch=$(image_arch "${KERNELS[$1]}")
	echo "$(image_release "${KERNELS[$1]}")$([ "$arch" = "$(host_arch)" ] || echo " ($arch)")"
}

# Returns the status that stands for all: 1 if any is 1, else 2 if any is 2, else
# 3 if any is 3, else 4 if all are 4, else 0.
matrix_status()
{
	local all=" $* "

	case $all in
	*' 1 '*) return 1 ;;
	*[!\ 034]*) return 2 ;;
	*' 3 '*) return 3 ;;
	*' 0 '*) return 0 ;;
	*) return 4 ;;
	esac
}

matrix_table()
{
	local i files=()

	for i in "${!KERNELS[@]}"; do
		say "[$((i + 1))] $(matrix_name "$i")"
		files+=("$WORK/$i.tap")
	done
	awk -f "$HERE/vm/table.awk" "${files[@]}" >&2
}

# Builds the programs for all kernels, so that their runs need not wait for each
# other.
matrix_build()
{
	local image arch

	for image in "${KERNELS[@]}"; do
		arch=$(image_arch "$image") && arch=$(programs_arch "$arch") || exit "$ERROR"
		programs_build "$arch"
	done
}

run_matrix()
{
	local next=1 i statuses=()

	temp_dir matrix
	WORK=$TEMP_DIR
	RUNS=()
	matrix_build
	echo "TAP version 13" 2>/dev/null || die "cannot write to stdout"
	echo "1..${#KERNELS[@]}"
	matrix_start 0
	matrix_await_accel
	for i in "${!KERNELS[@]}"; do
		while [ $next -lt ${#KERNELS[@]} ] && [ $next -lt $((i + JOBS)) ]; do
			matrix_start $next
			next=$((next + 1))
		done
		wait "${RUNS[i]}"
		statuses+=($?)
		matrix_report "$i" "${statuses[i]}"
	done
	matrix_table
	matrix_status "${statuses[@]}"
}
