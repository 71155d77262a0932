# SPDX-License-Identifier: GPL-2.0
# MAINTAINERS: kcmp(2), which no entry names.  Of the entries without a maintainer
# (M:) most are orphans; another status would promise what nobody does yet.
$_ = <STDIN>;
my $entry = <<'END';
KCMP SYSTEM CALL
L:	linux-kernel@vger.kernel.org
L:	linux-kselftest@vger.kernel.org
S:	Orphan
F:	include/uapi/linux/kcmp.h
F:	kernel/kcmp.c
F:	tools/testing/selftests/kcmp/

END

die "there is an entry\n" if m{selftests/kcmp};
s/^(?=KCONFIG\n)/$entry/m or die "no KCONFIG\n";
print;
