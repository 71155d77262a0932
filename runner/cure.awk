# SPDX-License-Identifier: GPL-2.0

# cure REASON: what would help against a skip, or "".
function cure(reason)
{
	if (reason ~ /disposable|suid_dumpable/)
		return "--disposable, or in a guest: --kernel IMAGE"
	if (reason ~ /CONFIG_/)
		return "a kernel that has it, in a guest: --kernel IMAGE"
	if (reason ~ /needs Linux /)
		return "a newer kernel, in a guest: --kernel IMAGE"
	if (reason ~ /CAP_|needs root/)
		return "run as root, or in a guest: --kernel IMAGE"
	if (reason ~ /seccomp/)
		return "without the container's filter, see README"
	if (reason ~ /^traced by/)
		return "without strace or a debugger"
	if (reason ~ /RLIMIT/)
		return "a higher limit, see ulimit"
	return ""
}
