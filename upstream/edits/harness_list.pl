# SPDX-License-Identifier: GPL-2.0
# kselftest_harness.h: -L.
$_ = <STDIN>;
my $print = <<'END';
			for (t = f->tests; t; t = t->next) {
				if (!test_enabled(argc, argv, f, v, t))
					continue;
				test_count++;
				if (test_harness_list_names) {
					__test_full_name(name, sizeof(name),
							 f, v, t);
					puts(name);
				}
			}
END
my $option = <<'END';
		case 'L':
			test_harness_list_names = true;
			break;
END

s{(?=static int test_harness_argv_check\()}{/* -L */\nstatic bool test_harness_list_names;\n\n}
	or die "no test_harness_argv_check()\n";
s{"(d?)hl(F:f:)}{"$1hlL$2} or die "no options of test_harness_argv_check()\n";
s{"(d?F:f:)}{"L$1} or die "no options of test_enabled()\n";
s{(?=\t\tcase 'h':\n\t\tdefault:)}{$option} or die "no option -h\n";
s{\[-h\|-l}{$&|-L} or die "no usage\n";
s{\t{4}"\\t-l       list all tests\\n"\n}{$&\t\t\t\t"\\t-L       list the full names of selected tests\\n"\n}
	or die "no usage of -l\n";
s{\t\t\tfor \(t = f->tests; t; t = t->next\)\n[^;]*test_count\+\+;\n}{$print}
	or die "no loop\n";
s{(\tunsigned int case_count = 0[^\n]*\n)}{\tchar name[1024];\n$1} or die "no variables\n";
s{(?=\tresults = mmap\()}{\tif (test_harness_list_names)\n\t\treturn KSFT_PASS;\n\n}
	or die "no start of the run\n";
print;
