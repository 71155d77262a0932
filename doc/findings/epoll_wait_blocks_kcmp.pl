# SPDX-License-Identifier: GPL-2.0
# fs/eventpoll.c: a caller of kcmp() that waits for an epoll instance can be killed.
$_ = <STDIN>;
s{(get_epoll_tfile_raw_ptr\(.*?)\tmutex_lock\((&ep->mtx)\);\n}
 {$1\tif (mutex_lock_killable($2))\n\t\treturn ERR_PTR(-EINTR);\n}s or die "no lock\n";
print;
