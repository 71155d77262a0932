# SPDX-License-Identifier: GPL-2.0
#
# Prints what a console says against the kernel while the tests ran: the first
# lines of each report, behind "kernel: ", or behind "guest: " for what slow
# emulation makes of itself ("emulated" is set).
{
	sub(/\r+$/, "")
}

index($0, mark " tests begin") {
	testing = 1
	next
}

index($0, mark " tests end") {
	testing = 0
	next
}

!testing {
	next
}

/rcu.*(stall|starved)|soft lockup|clocksource.*unstable|hrtimer: interrupt took/ {
	print (emulated ? "guest: " : "kernel: ") $0
	quoting = emulated ? 0 : 12
	if (emulated)
		quiet = 60
	next
}

/BUG:|Oops|WARNING:|KASAN|KCSAN|UBSAN|general protection fault|Kernel panic/ ||
/INFO: task .* blocked for more|possible recursive locking|circular locking/ ||
/sleeping function called|scheduling while atomic|suspicious RCU|still held/ ||
/unreferenced object|list_(add|del) corruption|refcount_t:|inconsistent lock/ {
	# The stack of a stall looks like another report.
	if (quiet > 0 && /WARNING:|Call Trace/)
		next
	quoting = 12
}

quoting > 0 {
	print "kernel: " $0
	quoting--
}

{
	quiet--
}
