// SPDX-License-Identifier: GPL-2.0

/* The environment.                                                    */

static bool read_number(const char *name, unsigned long long *number)
{
	const char *text = getenv(name);
	char *end;

	if (!text)
		return false;
	errno = 0;
	*number = strtoull(text, &end, 0);
	if (*text < '0' || *text > '9' || *end || errno) {
		fprintf(stderr, "model_test: %s must be a number\n", name);
		exit(KSFT_FAIL);
	}
	return true;
}

static void __attribute__((constructor)) read_options(void)
{
	unsigned long long number;

	if (read_number("KCMP_SEED", &number))
		options.seed = number;
	if (read_number("KCMP_STEPS", &number))
		options.steps = number;
	if (read_number("KCMP_SECONDS", &number))
		options.ms = number * 1000;
	if (read_number("KCMP_TRACE", &number))
		options.trace = number;
}
