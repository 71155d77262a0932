# SPDX-License-Identifier: GPL-2.0
# harness-selftest.sh: the exit status.
$_ = <STDIN>;
die "no diff\n" unless /^diff -u /m;
print $_, <<'END';

# expect_status STATUS OPTION...
expect_status()
{
	expected=$1
	shift
	status=0
	"$DIR"/harness-selftest "$@" > harness-selftest.seen 2>&1 || status=$?
	[ "$status" = "$expected" ] && return
	echo "harness-selftest $*: status $status, expected $expected"
	exit 1
}

expect_status 0 -t standalone_pass
expect_status 0 -t standalone_pass -t exit_skip
expect_status 1 -t standalone_fail -t exit_skip
# KSFT_SKIP
expect_status 4 -t exit_skip -t skip
END
