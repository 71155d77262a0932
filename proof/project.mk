# SPDX-License-Identifier: GPL-2.0
# What the project does for itself; the kernel tree has no use for it.

# The suite's own tests.
check: all
	t/check.sh t/*/*.t

# The suite in the kernel trees of 5.10, 6.1, 6.12 and 7.3, fetched if need be.
check-trees:
	t/check.sh proof/trees.sh

# The suite on Debian's kernels of these, in guests, fetched if need be.
check-kernels:
	t/check.sh proof/matrix.sh

# Bisection of a kernel repository, end to end.
check-bisect:
	t/check.sh proof/bisect.sh

# Each answer of a kernel told falsely, one at a time: which of them are seen.
check-lies: all
	proof/inject/single_faults.sh

# Broken kernels: which of them are seen.
mutants:
	proof/mutants.sh

# Kernels that lack something, and one that watches itself.
check-configs:
	t/check.sh proof/configs.sh

# Which lines and branches of kcmp() the suite has a kernel run.
coverage:
	proof/coverage.sh

# Again and again, under load: no false alarm.
soak: all
	t/check.sh proof/soak.sh

# Figures, not a test: nothing is asserted.
bench:
	proof/bench.sh

$(OUTPUT)/kcmp_bench: proof/kcmp_bench.c kcmp.h
	$(CC) $(CFLAGS) -O2 $(LDFLAGS) $< -o $@

.PHONY: check check-trees check-kernels check-bisect check-lies check-configs \
	mutants coverage soak bench
