#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The files to copy: valid, with options and paths that there are.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

cd "$TOP" || exit 1
readonly FILES=(ci/README ci/github.yml ci/gitlab.yml ci/lava/README ci/lava/kcmp.yaml)

# Prints the options of run.sh in these files.  A command goes on behind "\".
options()
{
	sed -e ':a' -e '/\\$/N; s/\\\n//; ta' "$@" | grep -o 'run\.sh [^|&;>]*' |
		grep -oE -- ' --?[a-z][a-z-]*' | tr -d ' ' | sort -u
}

./run.sh --help </dev/null >"$TMP/help"
for option in $(options "${FILES[@]}" "$TOP/doc/consumers"); do
	check "run.sh has $option" grep -qE -- "(^| )$option\\b" "$TMP/help"
done
for path in $(grep -ohE '(^|[ (])(ci|vm|runner|proof|doc|t)/[a-z0-9_./-]+[a-z0-9]' "${FILES[@]}" |
	      tr -d ' (' | sort -u); do
	check "there is $path" [ -e "$path" ]
done
./ci/kcidb --help >"$TMP/help"
for option in $(grep -o 'ci/kcidb .*' ci/README | grep -oE -- '--[a-z]+' | sort -u); do
	check "ci/kcidb has $option" grep -q -- "$option " "$TMP/help"
done
for file in ci/*; do
	[ "$file" = ci/README ] ||
		check "README has $file" grep -qE "^    ${file#ci/}(/| |\$)" \
			<(sed 's/kcidb\.jq/kcidb/' ci/README; echo "    kcidb.jq")
done

# valid FILE MEMBER...: YAML that has these.
valid()
{
	python3 - "$@" <<-'END'
	import sys, yaml
	tree = yaml.safe_load(open(sys.argv[1]))
	for name in sys.argv[2:]:
	    node = tree
	    for part in name.split("/"):
	        node = node[int(part) if isinstance(node, list) else part]
	END
}

if python3 -c 'import yaml' 2>/dev/null; then
	check "github.yml is valid" valid ci/github.yml name jobs/kcmp/steps/2/run \
		jobs/kcmp/strategy/matrix/kernel
	check "gitlab.yml is valid" valid ci/gitlab.yml kcmp/script/4 \
		kcmp/artifacts/reports/junit
	check "kernelci/kcmp.yaml is valid" valid ci/kernelci/kcmp.yaml \
		jobs/kselftest-kcmp/params/collections scheduler/0/event/channel
else
	skip "the YAML files are valid" "needs python3-yaml"
fi

# The command of both, as one line.
sed -n 's/^    - \(\.\/run\.sh --kernel.*\)/\1/p' ci/gitlab.yml >"$TMP/gitlab"
sed -n '/run\.sh --kernel/,/keep-log/p' ci/github.yml | sed 's/\\$//' | tr -s ' \n' ' ' \
	>"$TMP/github"
for file in gitlab github; do
	check "$file.yml has the command" grep -q 'run.sh --kernel "$image" --results' "$TMP/$file"
done
check "both have the same command" same <(tr -s ' ' <"$TMP/gitlab" | sed 's/^ //; s/ $//') \
	<(sed 's/^ //; s/ $//' "$TMP/github"; echo)

finish
