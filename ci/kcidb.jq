# SPDX-License-Identifier: GPL-2.0
#
# Used by kcidb: the lines of a file of results to a report.

def status: {"pass": "PASS", "fail": "FAIL", "skip": "SKIP", "xfail": "FAIL", "xpass": "PASS"}[.];

# Without what was not given.
def given: with_entries(select(.value != null and .value != "" and .value != {}));

# The runs of the file: an array for each, from its "begin" on.
def runs:
	reduce inputs as $line ([];
		if $line.type == "begin" or length == 0 then . + [[$line]]
		else .[-1] += [$line] end);

def kernel: first(.[] | select(.type == "fact" and .name == "kernel") | .value)? // "";

def release: kernel | split(" ") | .[1] // "unknown";

def architecture: kernel | split(" ") | if length > 2 then last else null end;

# ids are unique over all runs of all machines that report under one origin.
def run_id($n): if $run != "" then [$run, ($n | tostring)] else
		[.[0].time // "", ([.[] | select(.name == "suite") | .value] | first // ""),
		 release, ($n | tostring)] end
	| join("/") | gsub("[^A-Za-z0-9._/-]"; "-");

# Paths are words of A-Za-z0-9_- between dots.
def path: map(gsub("[^A-Za-z0-9_.-]"; "_")) | ["kselftest", "kcmp"] + . | join(".");

# A program's failure that no test had; a result of what has no tests.
def cases:
	reduce .[] as $line ({tests: [], cases: []};
		if $line.type == "test" then
			.tests += [$line.result]
			| .cases += [$line + {path: [$line.program, $line.id], status: ($line.result | status)}]
		elif $line.type == "program" then
			(if $line.comment // "" | startswith("no verdict") then "MISS"
			 elif $line.result == "fail" and (.tests | index("fail") | not) then "FAIL"
			 elif .tests == [] then ($line.result | status)
			 else null end) as $status
			| .tests = []
			| if $status then .cases += [$line + {path: [$line.program], status: $status,
				reason: ($line.comment // "" | ltrimstr("SKIP ") ),
				text: ($line.detail // "")}] else . end
		else . end)
	| .cases;

# The end before the end.
def cut_off:
	[.[] | select(.type == "end")] | if length == 0
	then "the results end in the middle of the run" else .[0].reason // "" end;

def test($id; $build; $time; $facts):
	given + {id: $id, build_id: $build, origin: $origin}
	+ ({start_time: $time, log_url: $log, environment: ({misc: $facts} | given)} | given);

runs
| [to_entries[]
   | .key as $n
   | .value
   | ($origin + ":" + run_id($n)) as $id
   | {$id, release: release, architecture: architecture,
      build: (if $build != "" then $build else $id end),
      time: .[0].time,
      facts: ([.[] | select(.type == "fact" and (.name | startswith("kept ") | not))
	       | {key: .name, value: .value}] | from_entries),
      cases: (cases
	      + (cut_off | if . == "" then [] else [{path: [], status: "ERROR", reason: .}] end))}]
| {version: {major: 5, minor: 3}}
+ (if $build != "" then {} else {
	checkouts: [.[] | {id, origin: $origin} + ({git_commit_hash: $commit, tree_name: $tree,
		    git_repository_url: $repository, git_commit_name: .release} | given)],
	builds: [.[] | {id: .build, checkout_id: .id, origin: $origin}
		 + ({architecture: .architecture, status: "PASS", start_time: .time} | given)]
  } end)
+ {tests: [.[] as $one
	   | $one.cases | to_entries[]
	   | .key as $n | .value
	   | {path: (.path | path), status: .status,
	      comment: (.reason // ""),
	      log_excerpt: (.text // "" | .[0:16384]),
	      duration: (if .ms then .ms / 1000 else null end),
	      misc: ({rule: .rule, user: .user,
		      known: (if .result == "xfail" then true else null end)} | given)}
	   | test($one.id + "/" + ($n | tostring); $one.build; $one.time; $one.facts)]}
