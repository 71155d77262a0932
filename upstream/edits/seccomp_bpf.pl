# SPDX-License-Identifier: GPL-2.0
# seccomp_bpf.c: kcmp.h instead of its own wrapper.
$_ = <STDIN>;
my $call = "{\n\treturn sys_kcmp(pid1, pid2, KCMP_FILE, fd1, fd2);\n}\n";

s{#include <linux/kcmp\.h>\n}{} or die "no include\n";
s{(#include "\.\./clone3/clone3_selftests\.h"\n)}{$1#include "../kcmp/kcmp.h"\n}
	or die "no place for the include\n";
s{(static int __filecmp\([^\n]*\n).*?(?=\n/\* Have TH_LOG)}{$1$call}s
	or die "no wrapper\n";
s/if \(_ret < 0 && errno == ENOSYS\) \{\t/if (_ret == -ENOSYS) {\t\t\t/
	or die "no filecmp()\n";
s/\tEXPECT_EQ\(ret, 0\);\n\tif \(ret != 0 && errno == ENOSYS\)\n(\t\tSKIP\(return, "Kernel does not support kcmp\(\)[^\n]*\n)/\tif (ret == -ENOSYS)\n$1\tEXPECT_EQ(ret, 0);\n/
	or die "no test\n";
print;
