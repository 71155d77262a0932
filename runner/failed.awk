# SPDX-License-Identifier: GPL-2.0
#
# Prints what failed in an earlier run: "test ID" for each test and, for programs
# that failed although none of their tests did, "program NAME".  Reads a file of
# results or TAP.  Needs json.awk.
function failed_test(id)
{
	some++
	if (!seen[id]++)
		print "test " id
}

/^[{]"type":"test"/ && json_value($0, "result") == "fail" {
	failed_test(json_value($0, "id"))
}

/^[{]"type":"program"/ {
	failed_program(json_value($0, "program"), json_value($0, "result") == "fail")
}

/^[# ]*not ok [0-9]+ / {
	line = $0
	sub(/^[# ]*not ok [0-9]+ (- )?/, "", line)
	sub(/ # .*/, "", line)
	if (line !~ / / && line ~ /[.]/)
		failed_test(line)
}

/^[# ]*(not )?ok [0-9]+ selftests: / {
	line = $0
	sub(/^.*: /, "", line)
	sub(/ # .*/, "", line)
	failed_program(line, $0 ~ /^[# ]*not/)
}

function failed_program(name, is_failure)
{
	sub(/_as_.*/, "", name)
	if (is_failure && !some && name ~ /_test$/)
		print "program " name
	some = 0
}
