# SPDX-License-Identifier: GPL-2.0
# A source file: without numbers that the kernel's headers have since 6.12, which
# KHDR_INCLUDES names, and without those that the tree's own linux/sched.h has.
$_ = <STDIN>;
my $newer = '';
if (open(my $sched, '<', ($ARGV[2] // '') . '/include/uapi/linux/sched.h')) {
	$newer = <$sched>;
}
my $names = join('|', qw(CAP_CHECKPOINT_RESTORE CLONE_CLEAR_SIGHAND CLONE_NEWTIME
			 CLOSE_RANGE_CLOEXEC CLOSE_RANGE_UNSHARE EPOLLEXCLUSIVE
			 MFD_NOEXEC_SEAL TIOCGPTPEER UFFD_USER_MODE_ONLY));
my $landlock = <<'END';
/* The C library may be older than the kernel headers, which have these. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset __NR_landlock_create_ruleset
#define SYS_landlock_restrict_self __NR_landlock_restrict_self
#endif
END

s/#ifndef ($names)\n#define \1\b[^\n]*\n#endif\n//g;
s/#ifndef (CLONE_\w+|UNSHARE_\w+)\n(?:#define \w+ [^\n]*\n)+#endif\n/
	$newer =~ m{#define $1\b} ? '' : $&/ge;
# A blank line that had such a block on each side.
s/\n\n\n+/\n\n/g;
s/(#include <linux\/capability\.h>\n)(?=#include <linux\/futex)/$1#include <linux\/close_range.h>\n/;
s/(?=#include <sys\/eventfd\.h>\n)/#include <linux\/memfd.h>\n/ if /\bMFD_NOEXEC_SEAL\b/;
s/\/\* Not yet defined by the oldest supported kernel headers[^\n]*\n/\/* Defined by newer headers, or by those that exclude the C library's. *\/\n/;
if (s{/\* linux/ioprio\.h came .*?\n#define IOPRIO_WHO[^\n]*\n}{}) {
	s{2 << 13 \| \(n\)}{IOPRIO_CLASS_BE << IOPRIO_CLASS_SHIFT | (n)} or die "no class\n";
	s{(#include <linux/futex\.h>\n)}{$1#include <linux/ioprio.h>\n} or die "no futex.h\n";
}
if (m{/\* linux/landlock\.h came with Linux 5\.13\. \*/\n}) {
	s/\/\* linux\/landlock\.h came.*?(?=#ifndef SYS_landlock|#define LAND)//s;
	s/#define LANDLOCK_VERSION_FLAG[^\n]*\n//;
	s/#define LANDLOCK_MAKE_BLOCK[^\n]*\n//;
	s/#ifndef SYS_landlock_create_ruleset\n.*?\n#endif\n(?=\n|#define CAP)/$landlock/s
		or die "no landlock\n";
	s/LANDLOCK_VERSION_FLAG/LANDLOCK_CREATE_RULESET_VERSION/g;
	s/LANDLOCK_MAKE_BLOCK/LANDLOCK_ACCESS_FS_MAKE_BLOCK/g;
	s/(#include <linux\/filter\.h>\n|#include "model_ops\.h"\n\n)/$1#include <linux\/landlock.h>\n/
		or die "no includes\n";
	s/(landlock\.h>\n)(?=\/\* The C)/$1\n/;
}
print;
