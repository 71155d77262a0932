# SPDX-License-Identifier: GPL-2.0
# harness-selftest.sh: wildcards, -R, and options that match no test.
$_ = <STDIN>;
die "no expect_status()\n" unless /^expect_status\(\)/m;
print $_, <<'END';

# expect_tests "NAME..." OPTION...: these tests run, in this order.
expect_tests()
{
	expected=$1
	shift
	"$DIR"/harness-selftest "$@" > harness-selftest.seen 2>&1 || true
	seen=$(sed -n 's/^#  RUN  *\([^ ]*\) \.\.\.$/\1/p' harness-selftest.seen)
	[ "$(echo $seen)" = "$expected" ] && return
	echo "harness-selftest $*: ran $seen, expected $expected"
	exit 1
}

expect_tests 'fixture.pass' -r fixture.pass
expect_tests 'global.exit_fail global.exit_xfail' -r 'global.exit_*fail'
expect_tests 'fixture.pass fixture_parent.pass' -R '*setup*' -r 'fixture*.pass'
expect_tests 'fixture.pass fixture_parent.pass' -F '*_setup_*' -t 'pas?'
expect_tests 'global.skip' -r 'global.sk?p' -R '*'
expect_status 1 -r 'global.exit_?'
END
