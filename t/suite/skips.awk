# SPDX-License-Identifier: GPL-2.0
#
# Prints each skip that comes after an expectation in the body of a test or of a
# set-up, and each SKIP() that goes past SKIP_IF(): FILE:LINE: body: text.
FNR == 1 { name = "" }
/^(TEST|TEST_F|TEST_F_TIMEOUT|TEST_SIGNAL|FIXTURE_SETUP)\(/ {
	name = $0
	expected = 0
}
/^}/ { name = "" }
{
	code = $0
	sub(/\/\*.*/, "", code)
}
code ~ /(^|[^A-Z_])SKIP\(/ || (expected && code ~ /(^|[^A-Z_])SKIP[A-Z_]*\(/) {
	sub(/^[ \t]*/, "", code)
	print FILENAME ":" FNR ": " (name == "" ? "outside" : name) ": " code
}
name != "" && code ~ /(^|[^A-Z_])EXPECT_[A-Z_]+\(/ { expected = 1 }
