// SPDX-License-Identifier: GPL-2.0
//
// tap_parser.js MODULE LEVEL: reads TAP with npm's tap-parser, and prints how many
// tests passed, failed and were skipped, those of subtests of one level (0: none).
const module_ = require(process.argv[2]);
const Parser = module_.Parser || module_;
const level = Number(process.argv[3]);
const sum = { pass: 0, fail: 0, skip: 0 };

function follow(parser)
{
	parser.on("child", follow);
	parser.on("assert", (test) => {
		if (parser.level !== level)
			return;
		sum[!test.ok ? "fail" : test.skip ? "skip" : "pass"]++;
	});
}

const parser = new Parser((results) => {
	const bad = sum.fail > 0;
	if (results.ok === bad)
		console.log("wrong verdict");
	console.log(sum.pass, sum.fail, sum.skip);
});
follow(parser);
process.stdin.pipe(parser);
