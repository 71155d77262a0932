#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# series.sh TREE [OUT]: makes from this repository's files the patch series that
# offers the suite to the kernel, for the kernel tree TREE, in OUT ("series").
#
# The steps are the files NN-name: a commit message, a line "---", and
#
#	files NAME...		files of this repository that come in
#	remove NAME...		files of the kernel's kcmp directory that go
#	shared NAME...		NAME.c and NAME.h, linked to each program
#	model NAME...		NAME.c, linked to model_test
#	programs NAME...	NAME.c, run by "make run_tests"
#	extended NAME...	NAME.c, built but not run
#	config NAME...		kernel options that are needed from here on
#	edit NAME FILE		edits/NAME.pl changes FILE of the tree, or fails
#	edit-if-present NAME FILE	the same, for a file that older trees lack
#
# TREE is only read: the commits are made in a temporary repository of the files
# that the series touches.  Author and committer are git's usual ones.
set -u -o pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
top=${here%/*}
readonly here top
readonly KCMP=tools/testing/selftests/kcmp
readonly TOUCHED=(MAINTAINERS "$KCMP"
		  tools/testing/selftests/kselftest_harness.h
		  tools/testing/selftests/pidfd/pidfd_getfd_test.c
		  tools/testing/selftests/seccomp/seccomp_bpf.c)
# The harness' own test, which came after Linux 6.12.
readonly HARNESS_TEST=tools/testing/selftests/kselftest_harness

# The files that the steps so far have added.
headers=()
shared=()
model=()
programs=()
extended=()
options=()

die()
{
	echo "series.sh: $*" >&2
	exit 2
}

# list VARIABLE NAME...: the lines of a Makefile that set it.
list()
{
	local variable=$1 operator=:= name

	shift
	for name; do
		echo "$variable $operator $name"
		operator=+=
	done
}

# The kernel's Makefile with what has come in so far.
makefile()
{
	echo '# SPDX-License-Identifier: GPL-2.0-only'
	if [ ${#programs[@]} = 0 ]; then
		printf '%s\n\n' "CFLAGS += \$(KHDR_INCLUDES)"
		printf '%s\n\n' 'TEST_GEN_PROGS := kcmp_test'
		printf '%s\n\n' 'LOCAL_HDRS += kcmp.h'
		printf '%s\n\n' "EXTRA_CLEAN := \$(OUTPUT)/kcmp-test-file"
		echo 'include ../lib.mk'
		return
	fi
	echo 'CFLAGS += -Wall -Wextra -Wno-unused-parameter -g -pthread'
	printf '%s\n\n' "CFLAGS += -D_GNU_SOURCE= -I.. \$(KHDR_INCLUDES)"
	list TEST_GEN_PROGS "${programs[@]}"
	[ ${#extended[@]} = 0 ] ||
		list TEST_GEN_PROGS_EXTENDED "${extended[@]}"
	echo
	printf 'LOCAL_HDRS += %s\n' "${headers[@]}"
	printf '\n# Linked to each program.\n'
	list SHARED "${shared[@]}"
	if [ ${#model[@]} != 0 ]; then
		printf '\n# Linked to model_test.\n'
		list MODEL "${model[@]}"
	fi
	printf '\ninclude ../lib.mk\n\n'
	rules
}

rules()
{
	local objects="\$(SHARED_OBJECTS)" linked="\$(TEST_GEN_PROGS)"

	echo "SHARED_OBJECTS := \$(SHARED:%=\$(OUTPUT)/%.o)"
	if [ ${#model[@]} != 0 ]; then
		echo "MODEL_OBJECTS := \$(MODEL:%=\$(OUTPUT)/%.o)"
		objects+=" \$(MODEL_OBJECTS)"
	fi
	[ ${#extended[@]} = 0 ] || linked+=" \$(TEST_GEN_PROGS_EXTENDED)"
	printf '%s\n\n' "EXTRA_CLEAN += $objects"
	echo "$objects: \$(OUTPUT)/%.o: %.c \$(LOCAL_HDRS)"
	printf '\t%s\n\n' "\$(CC) \$(CPPFLAGS) \$(CFLAGS) -c -o \$@ \$<"
	echo "$linked: \$(SHARED_OBJECTS)"
	[ ${#model[@]} = 0 ] || echo "\$(OUTPUT)/model_test: \$(MODEL_OBJECTS)"
}

# take NAME...: copies files of this repository.
take()
{
	local name

	for name; do
		cp "$top/$name" "$repo/$KCMP/$name" || return
		[[ $name != *.h ]] || headers+=("$name")
	done
}

# edit NAME FILE: runs an edit, which must change the file.
edit()
{
	local file=$repo/$2

	[ -f "$file" ] || die "no $2"
	# shellcheck disable=SC2094
	perl -0777 "$here/edits/$1.pl" "$here" "$file" "$tree" \
		<"$file" >"$tmp/edited" ||
		die "$1.pl does not fit $2"
	! cmp -s "$file" "$tmp/edited" || die "$1.pl leaves $2 as it was"
	cat "$tmp/edited" >"$file"
}

do_line()
{
	local what=$1

	shift
	case $what in
	files) take "$@" ;;
	remove) (cd "$repo/$KCMP" && rm -- "$@") ;;
	shared) shared+=("$@") && take "${@/%/.c}" "${@/%/.h}" ;;
	model) model+=("$@") && take "${@/%/.c}" ;;
	programs) programs+=("$@") && take "${@/%/.c}" ;;
	extended) extended+=("$@") && take "${@/%/.c}" ;;
	config) options+=("$@") ;;
	edit) edit "$@" ;;
	edit-if-present) [ ! -f "$repo/$2" ] || edit "$@" ;;
	*) die "no directive '$what'" ;;
	esac
}

# Writes the files that every step changes: Makefile, config and .gitignore.
write_lists()
{
	[ ${#headers[@]} = 0 ] || makefile >"$repo/$KCMP/Makefile"
	[ ${#options[@]} = 0 ] ||
		printf 'CONFIG_%s=y\n' "${options[@]}" | sort >"$repo/$KCMP/config"
	[ ${#programs[@]} = 0 ] || {
		echo '# SPDX-License-Identifier: GPL-2.0-only'
		echo '/*_test'
	} >"$repo/$KCMP/.gitignore"
}

# step FILE: makes one commit.
step()
{
	local line words

	while read -r line; do
		read -ra words <<<"$line"
		[ ${#words[@]} = 0 ] || do_line "${words[@]}" ||
			die "${1##*/}: cannot do '$line'"
	done < <(sed '1,/^---$/d' "$1")
	mapfile -t headers < <(printf '%s\n' "${headers[@]}" | sort)
	[ -n "${headers[*]}" ] || headers=()
	write_lists
	git -C "$repo" add -A -f &&
		sed '/^---$/,$d' "$1" | git -C "$repo" commit -qF - ||
		die "cannot commit ${1##*/}"
}

# A repository with the kernel's state of what the series touches.
start()
{
	local path

	for path in "${TOUCHED[@]}" "$HARNESS_TEST"; do
		if [ ! -e "$tree/$path" ]; then
			[ "$path" = "$HARNESS_TEST" ] || die "no $path in $tree"
			continue
		fi
		mkdir -p "$(dirname "$repo/$path")" &&
			cp -r "$tree/$path" "$repo/$path" || exit 2
	done
	# Things built in the tree are no part of it.
	find "$repo/$KCMP" -type f ! -name '*.[ch]' ! -name Makefile \
		! -name config ! -name settings ! -name .gitignore -delete
	rm -f "$repo/$HARNESS_TEST"/harness-selftest{,.seen}
	git init -q -b series "$repo" &&
		git -C "$repo" config core.hooksPath /dev/null &&
		git -C "$repo" config user.name "$author" &&
		git -C "$repo" config user.email "$email" &&
		git -C "$repo" config commit.gpgSign false &&
		git -C "$repo" add -A -f &&
		git -C "$repo" commit -qm "$(basename "$tree")" || exit 2
}

# The files have this repository's date: two runs print the same.
read_identity()
{
	author=$(git -C "$top" config user.name) &&
		email=$(git -C "$top" config user.email) ||
		die "git config user.name and user.email, please"
	GIT_AUTHOR_DATE=$(git -C "$top" log -1 --format=%cI) || exit 2
	export GIT_AUTHOR_DATE GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
	unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
}

write_patches()
{
	local numbers

	mkdir -p "$out" && rm -f "$out"/[0-9][0-9][0-9][0-9]-*.patch || exit 2
	git -C "$repo" config branch.series.description "$(cat "$here/cover-letter")"
	git -C "$repo" format-patch -q --cover-letter \
		--cover-from-description=subject --no-signature --zero-commit \
		--break-rewrites --no-renames --output-directory "$out" \
		--root HEAD --not "$(git -C "$repo" rev-list --max-parents=0 HEAD)" ||
		exit 2
	numbers=$(grep -c 'FIGURE:' "$out"/0000-*.patch)
	[ "$numbers" = 0 ] ||
		echo "series.sh: $numbers figures are missing in the cover letter" >&2
	ls "$out"/[0-9]*.patch
}

main()
{
	local file

	[ $# = 1 ] || [ $# = 2 ] || die "usage: series.sh TREE [OUT]"
	tree=$(cd "$1" && pwd -P) || exit 2
	out=$(realpath -m "${2:-series}")
	tmp=$(mktemp -d "${TMPDIR:-/tmp}/kcmp-series.XXXXXX") || exit 2
	trap 'rm -rf "$tmp"' EXIT
	repo=$tmp/repo
	mkdir "$repo"
	read_identity
	start
	for file in "$here"/[0-9][0-9]-*; do
		step "$file"
	done
	write_patches
}

main "$@"
