# SPDX-License-Identifier: GPL-2.0
#
# junit_cases.py FILE: reads JUnit XML with Python's junitparser: passed, failed
# (or in error), skipped, as the cases tell it; the sums of the suites must agree.
import sys
from junitparser import Error, Failure, JUnitXml, Skipped

passed = failed = skipped = 0
sums = [0, 0, 0]
for suite in JUnitXml.fromfile(sys.argv[1]):
    sums[1] += suite.failures + suite.errors
    sums[2] += suite.skipped
    sums[0] += suite.tests - suite.failures - suite.errors - suite.skipped
    for case in suite:
        kinds = [type(result) for result in case.result]
        if Failure in kinds or Error in kinds:
            failed += 1
        elif Skipped in kinds:
            skipped += 1
        else:
            passed += 1
if sums != [passed, failed, skipped]:
    print("wrong sums", *sums)
print(passed, failed, skipped)
