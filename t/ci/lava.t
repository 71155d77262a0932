#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The files for LAVA: valid by LAVA's own schema; and the steps of the test definition,
# run with stand-ins of LAVA's commands, report each test once with its verdict.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

readonly LAVA=$TOP/ci/lava
export KCMP_TEST_SLEEP=1000.$$
CACHE=$("$TOP/runner/cache.sh")/consumers && mkdir -p "$CACHE" || exit 1

# debian PACKAGE: prints the directory of its Python modules.
debian()
{
	[ -d "$CACHE/$1" ] || {
		"$TOP/vm/apt.sh" get "$CACHE/$1.$$" "$1" >/dev/null 2>&1 &&
			{ mv -T "$CACHE/$1.$$" "$CACHE/$1" 2>/dev/null || rm -rf "$CACHE/$1.$$"; } ||
			return
	}
	echo "$CACHE/$1/usr/lib/python3/dist-packages"
}

# validate JOB DEFINITION
validate()
{
	PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$modules timeout 60 python3 - "$@" <<-'END'
	import sys, yaml
	from lava_common.schemas import validate
	from lava_common.schemas.test.testdef import validate as validate_definition
	validate(yaml.safe_load(open(sys.argv[1])), True, [])
	validate_definition(yaml.safe_load(open(sys.argv[2])))
	END
}

refused()
{
	! validate "$@" 2>/dev/null
}

modules=$(debian lava-common):$(debian python3-voluptuous):$(debian python3-yaml)
if command -v python3 >/dev/null && [ -d "$CACHE/lava-common" ] &&
   [ -d "$CACHE/python3-voluptuous" ] && [ -d "$CACHE/python3-yaml" ]; then
	check "job and test definition are valid" validate "$LAVA/job.yaml" "$LAVA/kcmp.yaml"
	sed 's/method: qemu/method: nonsense/' "$LAVA/job.yaml" >"$TMP/job.yaml"
	check "an invalid job is not" refused "$TMP/job.yaml" "$LAVA/kcmp.yaml"
	sed 's/^    - status=0/    - 5/' "$LAVA/kcmp.yaml" >"$TMP/kcmp.yaml"
	check "an invalid test definition is not" refused "$LAVA/job.yaml" "$TMP/kcmp.yaml"
else
	skip "job and test definition are valid" "needs lava-common, which cannot be fetched"
fi

# The commands of LAVA write down what they are told; wget copies.
mkdir "$TMP/commands"
for command in lava-test-case lava-test-set lava-test-raise; do
	printf '#!/bin/sh\necho "%s $*" >>%q\n' "$command" "$TMP/told" >"$TMP/commands/$command"
done
printf '#!/bin/sh\ncp "$4" "$3"\n' >"$TMP/commands/wget"
chmod 755 "$TMP/commands"/*

# A package of fake programs: package PROGRAM=BEHAVIOUR...
package()
{
	local pair dir=$TMP/kcmp-suite

	rm -rf "$dir"
	mkdir -p "$dir/programs"
	(cd "$TOP" && cp --parents -r run.sh settings runner vm doc ci/lava "$dir/")
	for pair; do
		printf '#!/bin/bash\nexec %q %q "$@"\n' "$TOP/t/runner/fake_program.sh" \
			"${pair#*=}" >"$dir/programs/${pair%=*}"
		: >"$dir/${pair%=*}.c"
	done
	chmod 755 "$dir/programs"/*
	tar -C "$TMP" -czf "$TMP/package.tar.gz" kcmp-suite
}

# steps [NAME=VALUE]...: runs the steps of the definition, as LAVA's shell does.
steps()
{
	rm -rf "$TMP/told" "$TMP/device"
	mkdir "$TMP/device"
	{
		echo 'set -e'
		sed -n '/^  steps:/,$s/^    - //p' "$LAVA/kcmp.yaml"
	} >"$TMP/steps"
	(cd "$TMP/device" && run env PATH="$TMP/commands:$PATH" PACKAGE="$TMP/package.tar.gz" \
		OPTIONS="--timeout 2" RAISE=no "$@" sh "$TMP/steps"
	exit "$STATUS")
	STATUS=$?
}

told()
{
	grep -qx -e "$1" "$TMP/told"
}

results()
{
	grep -c -- "--result $1\$" "$TMP/told"
}

package kcmp_test=pass epoll_test=skip-one perm_test=fail
steps
check "the steps go through" exited 0
check "each test arrives" [ "$(results pass) $(results fail) $(results skip)" = "4 2 1" ]
check "with the id of the test" told 'lava-test-case fake.two --result fail'
check "in a set for each program" [ "$(grep -A 2 'set start epoll_test' "$TMP/told" |
	tail -n 1)" = 'lava-test-case fake.two --result skip' ]
check "each set is ended" [ "$(grep -c 'set start' "$TMP/told") $(grep -c 'set stop' \
	"$TMP/told")" = "3 3" ]
check "the run failed" told 'lava-test-case run --result fail'
check "a failed run does not end the job" [ "$(grep -c raise "$TMP/told")" = 0 ]
steps RAISE=yes
check "with RAISE, it does" told 'lava-test-raise kcmp-failed'
package kcmp_test=crash
steps
check "a crash is a failure" told 'lava-test-case kcmp_test --result fail'
package kcmp_test=pass
steps RAISE=yes
check "all passed: so did the run" told 'lava-test-case run --result pass'
check "all passed: nothing is raised" [ "$(grep -c raise "$TMP/told")" = 0 ]
package kcmp_test=skip-all
steps
check "all skipped: so was the run" told 'lava-test-case run --result skip'
package kcmp_test=pass
steps OPTIONS=--nonsense
check "the suite cannot run: that is unknown" told 'lava-test-case run --result unknown'

finish
