# SPDX-License-Identifier: GPL-2.0
# pidfd_getfd_test.c: kcmp.h instead of its own wrapper.
$_ = <STDIN>;
s{#include <linux/kcmp\.h>\n}{} or die "no include\n";
s{(#include "[^"\n]*kselftest_harness\.h"\n)}{$1#include "../kcmp/kcmp.h"\n}
	or die "no harness\n";
s{static int sys_kcmp\(.*?\n\}\n\n}{}s or die "no wrapper\n";
s{if \(ret < 0 && errno == ENOSYS\)(\n\t\tSKIP\(return, "kcmp)}{if (ret == -ENOSYS)$1}
	or die "no skip\n";
print;
