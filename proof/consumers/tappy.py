# SPDX-License-Identifier: GPL-2.0
#
# tappy.py FILE: reads TAP with Python's tap.py: passed, failed, skipped.
import sys
from tap.parser import Parser

passed = failed = skipped = 0
for line in Parser().parse_file(sys.argv[1]):
    if line.category == "test":
        if not line.ok:
            failed += 1
        elif line.skip:
            skipped += 1
        else:
            passed += 1
print(passed, failed, skipped)
