# SPDX-License-Identifier: GPL-2.0
# harness-selftest.sh: -L.
$_ = <STDIN>;
die "no expect_status()\n" unless /^expect_status\(\)/m;
print $_, <<'END';

# What -L prints is what runs.
expect_tests "$(echo $("$DIR"/harness-selftest -L))"
expect_tests "$(echo $("$DIR"/harness-selftest -L -F global -T 'f*'))" \
	-F global -T 'f*'
expect_status 0 -L
expect_status 1 -L -r nothing
END
