# SPDX-License-Identifier: GPL-2.0
# Targets of the project that a kernel tree has no use for.

# The unit tests.
check: all
	t/check.sh t/*/*.t

# The suite in the kernel trees of 5.10, 6.1, 6.12 and 7.3, fetched if need be.
check-trees:
	t/check.sh proof/trees.sh

# The suite on Debian's kernels of these series, in guests, fetched if need be.
check-kernels:
	t/check.sh proof/matrix.sh

# The suite on Debian's kernels of other architectures, emulated.
check-arch:
	t/check.sh proof/architectures.sh

# Kernels of other architectures with one mistake each.
check-arch-mutants:
	t/check.sh proof/arch_mutants.sh

# git bisect run with run.sh in a kernel repository, end to end.
check-bisect:
	t/check.sh proof/bisect.sh

# The patches that offer the suite to the kernel tree TREE, in OUT (series).
series:
	upstream/series.sh "$(TREE)" $(OUT)

# That they apply, build and pass in 6.12 and 7.3.
check-series:
	t/check.sh proof/series.sh

# A page to look at: of a run here, or of files of results, as in
# "make page FROM='a.json b.json' AGAINST=old.json PAGE=out.html".
PAGE ?= page.html
page:
	./run.sh --html "$(PAGE)" $(FROM:%=--from %) $(AGAINST:%=--against %)

# One wrong answer of kcmp() at a time: the share that the tests see.
check-faults: all
	proof/inject/single_faults.sh

# Kernels with one mistake each: the share that the tests see.
mutants:
	proof/mutants.sh

# Kernels that lack a feature, and one with all debugging checks.
check-configs:
	t/check.sh proof/configs.sh

# Lines and branches of kcmp() that the suite reaches.
coverage:
	proof/coverage.sh

# Situations that are not the usual ones: no false alarm.
check-surroundings: all
	t/check.sh proof/surroundings.sh proof/surroundings_guest.sh

# Many runs under load: no false alarm.
soak: all
	t/check.sh proof/soak.sh

# Real results, read by the programs that others read them with (doc/consumers).
check-consumers: all
	t/check.sh proof/consumers.sh

# A tarball of static programs and run.sh for each of ARCHES, in OUT.
package:
	proof/package.sh $(or $(OUT),.) $(ARCHES)

# That they run in a root without compiler, and are made for another architecture.
check-package:
	t/check.sh proof/check_package.sh

# Figures; nothing is asserted.
bench:
	proof/bench.sh

$(OUTPUT)/kcmp_bench: proof/kcmp_bench.c kcmp.h
	$(CC) $(CFLAGS) -O2 $(LDFLAGS) $< -o $@

.PHONY: check page check-trees check-kernels check-arch check-arch-mutants \
	check-bisect check-faults check-configs check-surroundings \
	check-consumers check-package package check-series series mutants \
	coverage soak bench
