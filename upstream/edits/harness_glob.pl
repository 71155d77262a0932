# SPDX-License-Identifier: GPL-2.0
# kselftest_harness.h: wildcards, -R, and a failure when no test matches.
$_ = <STDIN>;
my $functions = <<'END';
/* Whether the name matches the pattern, in which * and ? are wildcards. */
static bool __test_glob_match(const char *pattern, const char *name)
{
	const char *star = NULL, *rest = NULL;

	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			rest = name;
		} else if (*pattern == '?' || *pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			/* Let the last * match one character more. */
			pattern = star;
			name = ++rest;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static void __test_full_name(char *name, size_t size,
			     struct __fixture_metadata *f,
			     struct __fixture_variant_metadata *v,
			     struct __test_metadata *t)
{
	snprintf(name, size, "%s%s%s.%s", f->name, v->name[0] ? "." : "",
		 v->name, t->name);
}

END
my $match = <<'END';
		case 'r':
			__test_full_name(name, sizeof(name), f, v, t);
			if (__test_glob_match(optarg, name))
				return islower(opt);
			break;
END
my $nothing = <<'END';
	if (!test_count && argc > 1) {
		fprintf(stderr, "%s: no test matches\n", argv[0]);
		return KSFT_FAIL;
	}

END
my $usage = <<'END';
				"\t-r name  run specified test\n"
				"\t-R name  exclude specified test\n"
				"\n"
				"A specified test is fixture.test or fixture.variant.test.\n"
				"All names may contain the wildcards * and ?.\n"
END

s{(?=static bool test_enabled\()}{$functions} or die "no test_enabled()\n";
s{T:r:"}{T:r:R:"}g == 2 or die "no options\n";
s{(\t\tcase 'r':\n)(?=\t\t\tbreak;)}{$1\t\tcase 'R':\n} or die "no option -r\n";
s{\|-r name\]}{|-r|-R name]} or die "no usage\n";
s{\t{4}"\\t-r name  run specified test\\n"\n}{$usage} or die "no usage of -r\n";
s{\tunsigned int flen = 0[^\n]*\n(\tbool has_positive = false;\n)}{$1\tchar name[1024];\n}
	or die "no variables of test_enabled()\n";
s{!strcmp\(([tfv]->name), optarg\)}{__test_glob_match(optarg, $1)}g == 3
	or die "no comparisons\n";
s{\t\tcase 'r':\n\t\t\tif \(!tlen\).*?\t\t\tbreak;\n}{$match}s or die "no match of -r\n";
s{\tsnprintf\((test_name), sizeof\(test_name\), "%s%s%s\.%s",\n[^;]*;\n}
 {\t__test_full_name($1, sizeof($1), f, variant, t);\n} or die "no name\n";
s{(?=\tresults = mmap\()}{$nothing} or die "no start of the run\n";
print;
