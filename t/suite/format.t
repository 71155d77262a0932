#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The C files look like the kernel's: clang-format changes no line of them, and
# checkpatch.pl has no complaint that upstream/checkpatch-allowed does not explain.
# Both are told how by the distribution's kernel source.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

readonly NAME=linux-source-6.12
readonly PACKAGE=${KCMP_SOURCE_PACKAGES:-/usr/src}/$NAME.tar.xz
readonly MEMBERS=(.clang-format scripts/checkpatch.pl scripts/spelling.txt
		  scripts/const_structs.checkpatch)
readonly FORMAT_NAMES=("clang-format changes no line"
		       "a line that clang-format changes is found")
readonly STYLE_NAMES=("checkpatch.pl has no unexplained complaint"
		      "a complaint that nothing explains is found"
		      "an explained complaint is not shown")

# Prints the directory of the kernel's files, unpacked once into the cache.
kernel_files()
{
	local cache to tmp

	cache=$("$TOP/runner/cache.sh") || return
	to=$cache/format-$NAME-$(stat -c %Y "$PACKAGE")
	[ -d "$to" ] || {
		tmp=$(mktemp -d "$to.XXXXXX") &&
			tar -xJf "$PACKAGE" -C "$tmp" --strip-components=1 \
				--occurrence=1 "${MEMBERS[@]/#/$NAME/}" ||
			return
		# Another run may have been faster.
		mv -T "$tmp" "$to" 2>/dev/null || rm -rf "$tmp"
	}
	echo "$to"
}

# Other versions lay out a few lines differently.
clang_format()
{
	local tool

	for tool in clang-format-14 clang-format; do
		if "$tool" --version 2>/dev/null | grep -q 'version 14\.'; then
			echo "$tool"
			return
		fi
	done
}

# Prints the places of the files that clang-format changes.
misformatted()
{
	"$tool" --style="file:$kernel/.clang-format" --dry-run "$@" 2>&1 |
		grep -E '^[^ ].*: (warning|error): '
}

# Prints the complaints about the files that upstream/checkpatch-allowed does not
# explain.
unexplained()
{
	printf '%s\n' "$@" | xargs -P "$(nproc)" -n 8 \
		perl "$kernel/scripts/checkpatch.pl" --no-tree --file --strict \
		--show-types --terse 2>&1 | awk -v levels='ERROR|WARNING|CHECK' \
		-v list="$TOP/upstream/checkpatch-allowed" \
		-f "$TOP/upstream/unexplained.awk"
}

check_format()
{
	misformatted "${files[@]}" >"$TMP/out"
	check "${FORMAT_NAMES[0]}" same /dev/null "$TMP/out"
	sed 's/^\t*if (/&  /' "$TOP/worker.c" >"$TMP/worker.c"
	misformatted "$TMP/worker.c" >"$TMP/out"
	check "${FORMAT_NAMES[1]}" grep -q 'worker.c:.*code should be' "$TMP/out"
}

check_style()
{
	unexplained "${files[@]}" >"$TMP/out"
	check "${STYLE_NAMES[0]}" same /dev/null "$TMP/out"
	{
		echo '// SPDX-License-Identifier: GPL-2.0'
		printf 'int lacks(void)\n{\n'
		printf '\tif (errno == ENOSYS) return 1;\n\treturn 0;\n}\n'
	} >"$TMP/worker.c"
	unexplained "$TMP/worker.c" >"$TMP/out"
	check "${STYLE_NAMES[1]}" grep -q 'worker.c:4:.*TRAILING_STATEMENTS' "$TMP/out"
	check "${STYLE_NAMES[2]}" test -z "$(grep ENOSYS "$TMP/out")"
}

# skip_all REASON NAME...
skip_all()
{
	local reason=$1 name

	shift
	for name; do
		skip "$name" "$reason"
	done
}

cd "$TOP" || exit 1
mapfile -t files < <(find . -name '*.[ch]' ! -path './series/*' | sort)
tool=$(clang_format)
kernel=''
[ ! -r "$PACKAGE" ] || kernel=$(kernel_files) || exit 1
if [ -z "$kernel" ]; then
	skip_all "needs $NAME" "${FORMAT_NAMES[@]}" "${STYLE_NAMES[@]}"
else
	if [ -n "$tool" ]; then
		check_format
	else
		skip_all "needs clang-format 14" "${FORMAT_NAMES[@]}"
	fi
	check_style
fi
finish
