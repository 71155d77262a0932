// SPDX-License-Identifier: GPL-2.0
//
// junit2json.mjs MODULE FILE: reads JUnit XML with npm's junit2json.
import { readFileSync } from "node:fs";
const { parse } = await import(process.argv[2]);
const sum = { pass: 0, fail: 0, skip: 0 };
const suites = await parse(readFileSync(process.argv[3], "utf8"));
for (const suite of suites.testsuite ?? [])
	for (const test of suite.testcase ?? [])
		sum[test.failure || test.error ? "fail" : test.skipped ? "skip" : "pass"]++;
console.log(sum.pass, sum.fail, sum.skip);
