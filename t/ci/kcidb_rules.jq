# SPDX-License-Identifier: GPL-2.0
#
# Prints what is wrong with a report for KCIDB, a line each; nothing if all is right.
# The rules are those of version 5.3 of the schema, kcidb_io/schema/v05_03.py in the
# repository kernelci/kcidb-io: which members an object may and must have, of what
# type and pattern; that ids are unique ("must identify that object uniquely among all
# objects of the same type"), begin with the origin, and name objects of the report or
# of somebody else's; that nothing is null.
def origin: "^[a-z0-9_]+$";
def id: "^[a-z0-9_]+:.*$";
def text: "^[^\u0000]*$";
def time: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$";
def status: "^(FAIL|ERROR|MISS|PASS|DONE|SKIP)$";
def path: "^([a-zA-Z0-9_-]+([.][a-zA-Z0-9_-]+)*)?$";
def url: "^[a-z]+:";

# Members: pattern of a string, or the type.
def members: {
	checkouts: {id: id, origin: origin, tree_name: text, git_commit_name: text,
		    git_repository_url: "^(https?|git)://", git_commit_hash: "^[0-9a-f]{40}([0-9a-f]{24})?$",
		    start_time: time, valid: "boolean", misc: "object"},
	builds: {id: id, checkout_id: id, origin: origin, architecture: "^[a-z0-9_]*$",
		 status: status, start_time: time, duration: "number", log_url: url,
		 config_name: text, misc: "object"},
	tests: {id: id, build_id: id, origin: origin, path: path, status: status,
		comment: text, start_time: time, duration: "number", log_url: url,
		log_excerpt: text, environment: "object", misc: "object"}};

def required: {checkouts: ["id", "origin"], builds: ["checkout_id", "id", "origin"],
	       tests: ["build_id", "id", "origin"]};

def wrong_member($kind; $name; $value):
	members[$kind][$name] as $rule
	| if $rule == null then "no such member"
	  elif $rule | IN("boolean", "number", "object") then
		if ($value | type) == $rule then empty else "is no \($rule)" end
	  elif ($value | type) != "string" then "is no string"
	  elif $value | test($rule; "s") then empty
	  else "does not match \($rule)" end;

def wrong_object($kind):
	. as $object
	| (required[$kind][] | select($object[.] == null) | "\($kind): no \(.)"),
	  (to_entries[] | wrong_member($kind; .key; .value) as $why
	   | "\($kind): \($object.id): \(.key) \($why)"),
	  (select((.id | split(":")[0]) != .origin) | "\($kind): \(.id) is not of its origin"),
	  (select((.log_excerpt // "" | length) > 16384) | "\($kind): log_excerpt too long"),
	  (.environment // {} | keys - ["comment", "compatible", "misc"]
	   | select(. != []) | "\($kind): environment has \(.)");

def wrong_ids($kind):
	[.[$kind][]?.id] | group_by(.) | .[] | select(length > 1)
	| "\($kind): \(.[0]) is there \(length) times";

(select(.version.major != 5 or (.version.minor | . < 0 or . > 3)) | "version"),
(keys - ["version", "checkouts", "builds", "tests"] | select(. != []) | "members \(.)"),
(("checkouts", "builds", "tests") as $kind
 | wrong_ids($kind), (.[$kind][]? | wrong_object($kind))),
(select(.builds) | [.checkouts[].id] as $ids | .builds[].checkout_id
 | select(IN($ids[]) | not) | "no checkout \(.)"),
(select(.builds) | [.builds[].id] as $ids | .tests[].build_id
 | select(IN($ids[]) | not) | "no build \(.)"),
([paths(. == null)] | select(. != []) | "null: \(.[0] | map(tostring) | join("."))")
