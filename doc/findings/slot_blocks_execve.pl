# SPDX-License-Identifier: GPL-2.0
# kernel/kcmp.c: the slot is read before exec_update_lock is taken; the order of the
# errors stays.
$_ = <STDIN>;
my $read = <<'END';
	struct kcmp_epoll_slot slot;
	bool has_slot = type == KCMP_EPOLL_TFD &&
			!copy_from_user(&slot, (void __user *)idx2, sizeof(slot));
END

s{struct kcmp_epoll_slot __user \*uslot\)}{const struct kcmp_epoll_slot *slot)}g == 2
	or die "no kcmp_epoll_target()\n";
s{\tstruct kcmp_epoll_slot slot;\n}{} or die "no slot\n";
s{copy_from_user\(&slot, uslot, sizeof\(slot\)\)}{!slot} or die "no copy\n";
s{\bslot\.(efd|tfd|toff)}{slot->$1}g == 3 or die "no use of the slot\n";
s{(kcmp_epoll_target\(task1, task2, idx1, )\(void \*\)idx2}{$1has_slot ? &slot : NULL}
	or die "no call\n";
s{(\tstruct task_struct \*task1, \*task2;\n)(?=\tint ret;\n\n\trcu_read_lock)}{$read$1}
	or die "no kcmp()\n";
print;
