# SPDX-License-Identifier: GPL-2.0
# kcmp_test.c: the parent reports what the child found.
$_ = <STDIN>;
my $parent = <<'END';
	if (waitpid(pid2, &status, 0) != pid2 || !WIFEXITED(status))
		return KSFT_FAIL;

	return WEXITSTATUS(status);
END

s/\n\n\n\t\tif \(ret\)\n\t\t\tksft_exit_fail\(\);\n\t\telse\n\t\t\tksft_exit_pass\(\);\n/\n\n\t\tksft_finished();\n/
	or die "no end of the child\n";
s/\twaitpid\(pid2, &status, P_ALL\);\n\n\treturn 0;\n/$parent/
	or die "no end of the parent\n";
print;
