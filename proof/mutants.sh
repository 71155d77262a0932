#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# mutants.sh [FILE/NAME]...: runs the suite on broken kernels, all of those in
# proof/mutants or those named, and prints for each the first test that sees it.
# Run by "make mutants".
#
# One kernel holds all mutants, each behind a number that is switched on and off
# in the running guest (proof/mutants/sweep_init), so that a guest judges many of
# them.  A guest that dies, hangs or stays damaged is booted anew for the rest.
# Survivors are tried once more, each in a guest of its own that has two CPUs and
# boots with the mutant.
# The test that saw a mutant last time (proof/mutants/seen_by) is asked first,
# then those that saw other mutants of the same statement, then the programs,
# those that look at the broken file before the others.
#
# A guest's clock counts instructions: a busy host changes no verdict, and waiting
# costs nothing.
#
# Exits with 1 when a mutant survives that is not in proof/mutants/survivors,
# which tells why it may; with 2 when the kernel cannot be built or is not green
# with all mutants off.  UPDATE=1 adds to proof/mutants/seen_by.
set -u -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
top=$here/..
cache=$("$top/runner/cache.sh") || exit 2
work=$cache/mutants
list=$work/out/mutants
image=$work/out/arch/x86/boot/bzImage
seen_by=$here/mutants/seen_by
readonly HANG=900	# seconds without a line until a guest counts as hung
GUESTS=$(nproc)

die()
{
	echo "mutants.sh: $*" >&2
	exit 2
}

# Prints what the kernel is made of.
checksum()
{
	cat "$here"/mutants/*.edits "$here/mutants/apply.pl" "$top/config" \
		"$top/vm/base.config" "$top/vm/build.sh" | cksum
}

build_kernel()
{
	local tree

	[ "$(checksum)" != "$(cat "$work/sum" 2>/dev/null)" ] || return 0
	echo "mutants.sh: building the kernel in $work" >&2
	rm -f "$work/sum"
	mkdir -p "$work/out" && tree=$("$here/kernel_tree.sh" "$work") || exit 2
	"$here/mutants/apply.pl" "$tree" "$here"/mutants/*.edits >"$list" ||
		exit 2
	"$top/vm/build.sh" "$tree" "$work/out" >/dev/null || exit 2
	rm -rf "$tree"
	checksum >"$work/sum"
}

# Prints the programs of the suite.
programs()
{
	sed -n 's/^TEST_GEN_PROGS := //p' "$top/Makefile"
}

# Packs the directory $1 as an initramfs.
pack()
{
	(cd "$1" && find . | busybox cpio -o -H newc 2>/dev/null)
}

# Makes $work/base, the initramfs without the list.
make_base()
{
	local root=$work/root program

	rm -rf "${work:?}/root" "${work:?}/bin"
	mkdir -p "$work/bin" "$root/bin"
	make -C "$top" -s OUTPUT="$work/bin" USERLDFLAGS=-static >&2 || exit 2
	for program in $(programs); do
		cp "$work/bin/$program" "$root/" || exit 2
	done
	strip "$root"/*_test
	cp "$(command -v busybox)" "$root/bin/busybox" || die "no busybox-static"
	busybox --list | while read -r applet; do
		ln -s busybox "$root/bin/$applet" 2>/dev/null
	done
	cp "$here/mutants/sweep_init" "$root/init"
	chmod +x "$root/init"
	pack "$root" >"$work/base"
	rm -rf "$root"
}

# Prints the programs in the order in which they are asked about a file's mutants.
order_for()
{
	local first

	case $1 in
	epoll) first='epoll_test model_test' ;;
	ptrace) first='perm_test observe_test lsm_test' ;;
	yama) first='lsm_test perm_test' ;;
	fork) first='clone_test observe_test unshare_test' ;;
	exec) first='unshare_test observe_test perm_test clone_test' ;;
	unshare) first='unshare_test clone_test observe_test' ;;
	ns) first='unshare_test kcmp_test' ;;
	ioprio | sem) first='observe_test unshare_test clone_test' ;;
	file) first='file_test epoll_test' ;;
	leaks) first='stress_test' ;;
	*) first='kcmp_test file_test' ;;
	esac
	programs | tr ' ' '\n' | awk -v first="$first" '
		{ all[NR] = $0; is[$0] = 1 }
		END {
			n = split(first, order, " ")
			for (i = 1; i <= n; i++)
				if (order[i] in is) {
					printf "%s%s", sep, order[i]
					sep = ","
					done[order[i]] = 1
				}
			for (i = 1; i <= NR; i++)
				if (!(all[i] in done)) {
					printf "%s%s", sep, all[i]
					sep = ","
				}
		}'
}

# Prints "NUMBER ORDER [PROGRAM=TEST,TEST...]..." for the mutants that are wanted;
# those that may survive come last.
make_list()
{
	local program group wanted=" $* "

	{
		for program in $(programs); do
			"$work/bin/$program" --list | sed "s/^/test $program /"
		done
		for group in "$here"/mutants/*.edits; do
			group=$(basename "$group" .edits)
			echo "order $group $(order_for "$group")"
		done
		sed -n 's/^\([a-z]*\/[^:]*\):.*/excused \1/p' "$here/mutants/survivors"
		[ ! -e "$seen_by" ] || sed 's/^/seen /' "$seen_by"
		sed 's/^/mutant /' "$list"
	} | awk -v wanted="$wanted" '
		# Adds a test to the hints, by program.
		function hint(test,    program) {
			program = program_of[test]
			if (program == "" || test in hinted)
				return
			hinted[test] = 1
			if (program in hints) {
				hints[program] = hints[program] "," test
			} else {
				hints[program] = program "=" test
				order_of_hints[++n_hints] = program
			}
		}
		function describe(i,    j, line, prefix) {
			split("", hinted); split("", hints); n_hints = 0
			prefix = name[i]
			sub("/.*", "", prefix)
			line = number[i] " " order[prefix]
			if (name[i] in seen && seen[name[i]] in program_of) {
				hint(seen[name[i]])
				line = line " " hints[order_of_hints[1]]
				split("", hints); n_hints = 0
			}
			for (j = 1; j <= n; j++)
				if (place[j] == place[i] && name[j] in seen)
					hint(seen[name[j]])
			for (j = 1; j <= n_hints; j++)
				line = line " " hints[order_of_hints[j]]
			print line
		}
		function is_wanted(i) {
			return wanted ~ /^ *$/ || index(wanted, " " name[i] " ")
		}
		$1 == "test" { program_of[$3] = $2 }
		$1 == "order" { order[$2] = $3 }
		$1 == "excused" { excused[$2] = 1 }
		$1 == "seen" { seen[$2] = $4 }
		$1 == "mutant" { n++; number[n] = $2; name[n] = $3; place[n] = $4 }
		END {
			for (i = 1; i <= n; i++)
				if (is_wanted(i) && !(name[i] in excused))
					describe(i)
			for (i = 1; i <= n; i++)
				if (is_wanted(i) && name[i] in excused)
					describe(i)
		}'
}

# Boots a guest with the list in directory $1; the wire goes to stdout.  With
# $1/boot, that mutant is on from the start, and the guest has two CPUs.
boot()
{
	local dir=$1 cpus=1 append=''

	[ ! -e "$dir/boot" ] || cpus=2 append=kcmp_mutant=$(cat "$dir/boot")

	mkdir -p "$dir/add"
	cp "$dir/todo" "$dir/add/list"
	pack "$dir/add" | cat "$work/base" - >"$dir/initramfs"
	exec timeout 7200 qemu-system-x86_64 -machine q35 \
		-accel tcg,thread=single -icount shift=3,sleep=off \
		-cpu max,-cx16 -m 512 -smp "$cpus" \
		-nodefaults -no-user-config -display none -no-reboot \
		-kernel "$image" -initrd "$dir/initramfs" \
		-append "console=ttyS0 loglevel=3 panic=-1 no_timer_check $append" \
		-serial "file:$dir/console" \
		-chardev stdio,id=wire,signal=off -serial chardev:wire \
		</dev/null 2>"$dir/qemu"
}

# Reads the wire; writes results to $1/results, takes what is done from $1/todo.
# Returns 0 when the list is through, or else 1.
follow()
{
	local dir=$1 word what number rest current='' fate=hung

	while read -r -t "$HANG" word what number rest; do
		rest=${rest%$'\r'} number=${number%$'\r'} what=${what%$'\r'}
		[ "$word" = sweep ] || continue
		case $what in
		begin) current=$number ;;
		asks) ;;
		killed | survived)
			echo "$what $number $rest" >>"$dir/results"
			current=''
			sed -i "/^$number /d" "$dir/todo" ;;
		dirty) return 1 ;;
		over) return 0 ;;
		esac
	done
	[ -n "$current" ] || current=$(head -n 1 "$dir/todo" | cut -d ' ' -f 1)
	[ -n "$current" ] || return 0
	echo "killed $current guest $fate 0" >>"$dir/results"
	sed -i "/^$current /d" "$dir/todo"
	return 1
}

# sweep DIR: judges the mutants of DIR/todo, in as many guests as it takes.
sweep()
{
	local dir=$1 pid

	: >"$dir/results"
	while [ -s "$dir/todo" ]; do
		rm -f "$dir/wire"
		mkfifo "$dir/wire"
		boot "$dir" >"$dir/wire" &
		pid=$!
		follow "$dir" <"$dir/wire"
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
}

# Splits a list (stdin) among the guests, and prints the results.
sweep_all()
{
	local i pids=()

	rm -rf "$work"/guest.*
	for ((i = 0; i < GUESTS; i++)); do
		mkdir -p "$work/guest.$i"
		: >"$work/guest.$i/todo"
	done
	awk -v n="$GUESTS" -v dir="$work/guest." '{ print >(dir NR % n "/todo") }'
	for ((i = 0; i < GUESTS; i++)); do
		sweep "$work/guest.$i" &
		pids+=($!)
	done
	wait "${pids[@]}"
	cat "$work"/guest.*/results
}

# Returns whether the mutant NUMBER may survive.
excused()
{
	local name

	name=$(awk -v number="$1" '$1 == number { print $2 }' "$list")
	grep -q "^$name:" "$here/mutants/survivors"
}

# Reads results, prints those of what was killed or may survive, and judges the
# others anew.
second_try()
{
	local what number rest dir=$work/guest.boot

	while read -r what number rest; do
		if [ "$what" = killed ] || [ "$number" = 0 ] || excused "$number"; then
			echo "$what $number $rest"
			continue
		fi
		rm -rf "$dir"
		mkdir -p "$dir"
		grep "^$number " "$work/todo" >"$dir/todo"
		echo "$number" >"$dir/boot"
		sweep "$dir" </dev/null
		cat "$dir/results"
	done
}

# Prints "killed NAME PROGRAM TEST MS" or "survived NAME MS" for each result.
with_names()
{
	awk 'NR == FNR { name[$1] = $2; next }
	     { $2 = name[$2]; print }' "$list" -
}

report()
{
	awk -v reasons="$here/mutants/survivors" '
		BEGIN {
			while ((getline line <reasons) > 0)
				if (line !~ /^#/)
					excused[substr(line, 1, index(line, ":") - 1)]
		}
		{ all++; count[$1]++; ms += $NF }
		$1 != "killed" && !($2 in excused) { unexcused++; print "no reason: " $2 }
		$1 == "killed" && $3 == "guest" { guests++ }
		END {
			printf "%d mutants: %d killed (%.1f %%; %d by the state of the" \
			       " guest), %d survived, %d of them without a reason;" \
			       " %d ms each\n", all, count["killed"],
			       100 * count["killed"] / (all ? all : 1), guests,
			       count["survived"], unexcused, ms / (all ? all : 1)
			exit unexcused > 0
		}' "$work/report"
}

# Puts what the report tells into seen_by; mutants that are no more go.
update_seen_by()
{
	touch "$seen_by"
	sed -n 's/^killed \([^ ]*\) \([a-z_]*_test\) \([^ ]*\) .*/\1 \2 \3/p' \
		"$work/report" | grep -v ' crash$' | awk '
		FILENAME == ARGV[1] { is[$2] = 1; next }
		$1 in is { seen[$1] = $0 }
		END { for (name in seen) print seen[name] }' \
		"$list" "$seen_by" - | LC_ALL=C sort >"$work/seen_by" &&
		mv "$work/seen_by" "$seen_by"
}

for tool in busybox qemu-system-x86_64 mkfifo; do
	command -v $tool >/dev/null || die "no $tool"
done
build_kernel
make_base
echo "0 $(programs | tr ' ' ',')" | GUESTS=1 sweep_all >"$work/unbroken"
grep -q '^survived 0 ' "$work/unbroken" ||
	die "not green with all mutants off: $(cat "$work/unbroken")"
make_list "$@" >"$work/todo"
[ -s "$work/todo" ] || die "no such mutant (see proof/mutants)"
sweep_all <"$work/todo" | second_try | with_names | sort >"$work/report"
cat "$work/report"
[ -z "${UPDATE:-}" ] || update_seen_by
report
