#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Which packages vm/kernels.sh chooses of an archive, and what it says when there
# are none: with an apt that is not one.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

mkdir "$TMP/path" "$TMP/cache"
export XDG_CACHE_HOME=$TMP/cache PATH=$TMP/path:$PATH FAKE=$TMP

# The archive: names of packages in $TMP/archive; those in $TMP/gone cannot be had,
# those in $TMP/empty have no image.  "update" fails as $TMP/trouble says.
cat >"$TMP/path/apt-get" <<'END'
#!/bin/bash
case " $* " in
*' indextargets '*) echo 'Debian|http://archive.invalid/debian/' ;;
*' update '*)
	cat "$FAKE/trouble"
	dir=$(sed -n 's/^Dir::State::lists "\(.*\)";/\1/p' "$APT_CONFIG")
	: >"$dir/fake_Packages"
	[ ! -s "$FAKE/trouble" ] ;;
*' download '*)
	package=${!#}
	package=${package%=*}
	! grep -qx -e "$package" "$FAKE/gone" || exit 100
	echo "$package" >>"$FAKE/fetched"
	echo "$package" >fake.deb ;;
esac
END
cat >"$TMP/path/apt-cache" <<'END'
#!/bin/bash
case " $* " in
*' pkgnames '*) cat "$FAKE/archive" ;;
*' madison '*) ! grep -qx -e "${!#}" "$FAKE/archive" || echo "${!#} | 1.0 | archive" ;;
esac
END
cat >"$TMP/path/dpkg-deb" <<'END'
#!/bin/bash
package=$(cat "$2")
! grep -qx -e "$package" "$FAKE/empty" || exit 0
case $package in
linux-modules-*) mkdir -p "$3/usr/lib/modules" ;;
linux-*) mkdir -p "$3/boot"; echo "$package" >"$3/boot/vmlinuz-$package" ;;
esac
END
chmod +x "$TMP/path"/*

# archive PACKAGE...
archive()
{
	printf '%s\n' "$@" >"$TMP/archive"
	rm -rf "$TMP/cache/kcmp"
	: >"$TMP/gone"
	: >"$TMP/empty"
	: >"$TMP/trouble"
	: >"$TMP/fetched"
}

# chose PACKAGE: the image is that of this package.
chose()
{
	exited 0 && [ "$(cat "$(cat "$TMP/out")")" = "$1" ]
}

kernels()
{
	run "$TOP/vm/kernels.sh" "$@"
}

archive linux-image-6.1.0-9-s390x linux-image-6.1.0-10-s390x \
	linux-image-6.1.0-10-s390x-dbg linux-image-6.1-s390x \
	linux-image-6.12.3+deb13-s390x linux-headers-6.1.0-11-s390x
kernels --arch s390x 6.1
check "the newest of a series" chose linux-image-6.1.0-10-s390x
kernels --arch s390x 6.1
check "is fetched once" [ "$(wc -l <"$TMP/fetched")" = 1 ]
echo linux-image-6.1.0-10-s390x >"$TMP/gone"
rm -r "$TMP/cache/kcmp/kernel-s390x-6.1"
kernels --arch s390x 6.1
check "the next one when the archive has dropped it" chose linux-image-6.1.0-9-s390x
kernels --arch s390x 5.10
check "a series that is not there is one line" complained 2 'no kernel of 5.10 .*archive has none'
kernels --arch s390x 6.1-rt
check "a flavour that is not there is one line" complained 2 "no 'rt' kernel of s390x"
kernels --arch vax 6.1
check "an unknown architecture is one line" complained 2 'one of x86_64'
kernels --arch s390x 'x;y'
check "no series is one line" complained 2 'no series'

archive linux-image-7.2.9+deb13-cloud-amd64 linux-binary-7.2.9+deb13-cloud-amd64 \
	linux-binary-unsigned-7.2.9+deb13-cloud-amd64 \
	linux-modules-7.2.9+deb13-cloud-amd64 linux-image-7.2.9+deb13-rt-amd64
kernels --arch x86_64 7.2
check "the image is in linux-binary-, not linux-image-" \
	chose linux-binary-unsigned-7.2.9+deb13-cloud-amd64
check "and its modules come with it" \
	grep -qx 'linux-modules-7.2.9+deb13-cloud-amd64' "$TMP/fetched"
kernels --arch x86_64 7.2-rt
check "7.2-rt is PREEMPT_RT" chose linux-image-7.2.9+deb13-rt-amd64

archive linux-image-6.19.6+deb13-cloud-amd64 linux-binary-6.19.6+deb13-cloud-amd64
kernels --arch x86_64 6.19
check "signed, without modules in the archive" chose linux-binary-6.19.6+deb13-cloud-amd64

archive linux-image-6.16.3+deb13-cloud-amd64 linux-image-6.16.12+deb13-cloud-amd64
kernels --arch x86_64 6.16
check "linux-image- where there is no linux-binary-" \
	chose linux-image-6.16.12+deb13-cloud-amd64
archive linux-image-6.16.12+deb13-amd64 linux-image-6.16.12+deb13-cloud-amd64
kernels --arch x86_64 6.16-generic
check "6.16-generic is the flavour with more drivers" chose linux-image-6.16.12+deb13-amd64
archive linux-image-6.12.9+deb13-arm64-16k linux-image-6.12.9+deb13-arm64
kernels --arch arm64 6.12-16k
check "6.12-16k has pages of 16K" chose linux-image-6.12.9+deb13-arm64-16k
archive linux-image-6.1.0-50-686-pae linux-image-6.1.0-50-rt-686-pae
kernels --arch i386 6.1
check "i386" chose linux-image-6.1.0-50-686-pae
echo linux-image-6.1.0-50-rt-686-pae >"$TMP/empty"
kernels --arch i386 6.1-rt
check "a package without an image is an error" complained 2 'cannot get a kernel of 6.1-rt'

archive linux-image-6.1.0-9-s390x
echo 'E: Failed to fetch http://archive.invalid/debian/dists/trixie/main/binary-s390x/Packages.xz  File has unexpected size (1 != 2). Mirror sync in progress?' >"$TMP/trouble"
kernels --arch s390x 6.1
check "a mirror in the middle of a sync: what is there is used" \
	chose linux-image-6.1.0-9-s390x
kernels --arch s390x 6.12
check "and what is missing is named" complained 2 'no valid index of trixie for s390x'
archive linux-image-6.1.0-9-s390x
echo 'E: no network' >"$TMP/trouble"
kernels --arch s390x 6.1
check "no archive is one line" complained 2 'cannot reach the package archive'

finish
