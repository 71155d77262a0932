# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced: the architectures whose kernels can be tested in guests, a row each.
# To add one is to add a row.
#
#   debian    Debian's name            flavours  its kernel flavours; the first
#   machine   uname -m of its kernels            is the default, others are
#             (patterns)                         asked for as "6.1-NAME"
#   kbuild    ARCH= in a kernel tree, the first of several names joined by commas
#   target    make's target for the image
#   image     the image's path in a built tree
#   magic     OFFSET:BYTES that tell an image, several joined by commas
#   triplet   of its compiler          compiler, libc, emulator: the Debian
#   qemu      qemu-system-NAME                   packages
#   board     QEMU's options for the machine; the chardev "console" takes the
#             kernel's messages, "wire" the results
#   cpu       QEMU's CPU when emulating
#   console, wire  the guest's devices for the two
#   append    kernel parameters        accel     of the emulation
#   config    what a kernel built by vm/build.sh needs besides base.config
#   compat    the architecture whose programs its kernels run as well

declare -A ROW=()
ARCHES=()

# arch_row NAME KEY=VALUE...
arch_row()
{
	local arch=$1 pair

	shift
	ARCHES+=("$arch")
	for pair; do
		ROW[$arch.${pair%%=*}]=${pair#*=}
	done
}

# An IO-APIC's timer that is checked while the host is busy looks broken.
# A wrong cmpxchg16b crashes recent kernels.
arch_row x86_64 debian=amd64 machine=x86_64 flavours='cloud-amd64 generic=amd64 rt=rt-amd64' \
	kbuild=x86_64,x86 target=bzImage image=arch/x86/boot/bzImage \
	magic=514:48647253,566:.[13579bdf] \
	triplet=x86_64-linux-gnu compiler=gcc-x86-64-linux-gnu libc=libc6-dev-amd64-cross \
	qemu=x86_64 emulator=qemu-system-x86 cpu=max,-cx16 \
	board='-machine q35 -serial chardev:console -serial chardev:wire' \
	console=ttyS0 wire=ttyS1 append=no_timer_check compat=i386 \
	config='64BIT HYPERVISOR_GUEST PARAVIRT SERIAL_8250 SERIAL_8250_CONSOLE'

arch_row i386 debian=i386 machine='i[3-6]86' flavours='686-pae nopae=686 rt=rt-686-pae' \
	kbuild=i386 target=bzImage image=arch/x86/boot/bzImage \
	magic=514:48647253,566:.[02468ace] \
	triplet=i686-linux-gnu compiler=gcc-i686-linux-gnu libc=libc6-dev-i386-cross \
	qemu=i386 emulator=qemu-system-x86 cpu=max \
	board='-machine q35 -serial chardev:console -serial chardev:wire' \
	console=ttyS0 wire=ttyS1 append=no_timer_check \
	config='HYPERVISOR_GUEST PARAVIRT SERIAL_8250 SERIAL_8250_CONSOLE'

arch_row arm64 debian=arm64 machine='aarch64*' \
	flavours='cloud-arm64 generic=arm64 rt=rt-arm64 16k=arm64-16k' \
	kbuild=arm64 target=Image image=arch/arm64/boot/Image magic=56:41524d64 \
	triplet=aarch64-linux-gnu compiler=gcc-aarch64-linux-gnu libc=libc6-dev-arm64-cross \
	qemu=aarch64 emulator=qemu-system-arm cpu=max,pauth-impdef=on \
	board='-machine virt -serial chardev:console -device pci-serial,chardev=wire' \
	console=ttyAMA0 wire=ttyS0 compat=armhf \
	config='COMPAT PCI PCI_HOST_GENERIC SERIAL_AMBA_PL011 SERIAL_AMBA_PL011_CONSOLE SERIAL_8250 SERIAL_8250_PCI'

arch_row armhf debian=armhf machine='armv[678]*l' flavours='armmp lpae=armmp-lpae rt=rt-armmp' \
	kbuild=arm target=zImage image=arch/arm/boot/zImage magic=36:18286f01 \
	triplet=arm-linux-gnueabihf compiler=gcc-arm-linux-gnueabihf libc=libc6-dev-armhf-cross \
	qemu=arm emulator=qemu-system-arm cpu=cortex-a15 \
	board='-machine virt,highmem=off -serial chardev:console -device pci-serial,chardev=wire' \
	console=ttyAMA0 wire=ttyS0 \
	config='MMU ARCH_MULTI_V7 ARCH_VIRT PCI PCI_HOST_GENERIC SERIAL_AMBA_PL011 SERIAL_AMBA_PL011_CONSOLE SERIAL_8250 SERIAL_8250_PCI'

arch_row riscv64 debian=riscv64 machine=riscv64 flavours=riscv64 \
	kbuild=riscv target=Image image=arch/riscv/boot/Image magic=56:52534305 \
	triplet=riscv64-linux-gnu compiler=gcc-riscv64-linux-gnu libc=libc6-dev-riscv64-cross \
	qemu=riscv64 emulator=qemu-system-misc cpu=rv64 \
	board='-machine virt -serial chardev:console -device pci-serial,chardev=wire' \
	console=ttyS0 wire=ttyS1 \
	config='MMU ARCH_VIRT SOC_VIRT FPU PCI PCI_HOST_GENERIC SERIAL_8250 SERIAL_8250_CONSOLE SERIAL_OF_PLATFORM SERIAL_8250_PCI POWER_RESET POWER_RESET_SYSCON'

arch_row s390x debian=s390x machine=s390x flavours=s390x \
	kbuild=s390 target=bzImage image=arch/s390/boot/bzImage magic=65544:53333930 \
	triplet=s390x-linux-gnu compiler=gcc-s390x-linux-gnu libc=libc6-dev-s390x-cross \
	qemu=s390x emulator=qemu-system-misc cpu=max \
	board='-machine s390-ccw-virtio -device sclplmconsole,chardev=console -device sclpconsole,chardev=wire' \
	console=ttyS0 wire=ttysclp0 \
	config='SCLP_TTY SCLP_CONSOLE SCLP_VT220_TTY'

arch_row ppc64le debian=ppc64el machine=ppc64le flavours='powerpc64le 64k=powerpc64le-64k' \
	kbuild=powerpc target=vmlinux image=vmlinux magic=0:7f454c460201,18:1500 \
	triplet=powerpc64le-linux-gnu compiler=gcc-powerpc64le-linux-gnu libc=libc6-dev-ppc64el-cross \
	qemu=ppc64 emulator=qemu-system-ppc cpu=POWER9 \
	board='-machine pseries -device spapr-vty,chardev=console,reg=0x71000001 -device spapr-vty,chardev=wire,reg=0x71000002' \
	console=hvc0 wire=hvc1 \
	config='PPC64 PPC_PSERIES CPU_LITTLE_ENDIAN HVC_CONSOLE'

# arch_known NAME: whether there is such a row.
arch_known()
{
	[ -n "${ROW[$1.debian]:-}" ]
}

# arch_of_machine UNAME: prints the row of a kernel that calls itself so.
arch_of_machine()
{
	local arch

	for arch in "${ARCHES[@]}"; do
		# shellcheck disable=SC2053
		[[ $1 != ${ROW[$arch.machine]} ]] || { echo "$arch"; return; }
	done
	return 1
}

# arch_of_kbuild NAME: prints the row that is ARCH=NAME in a kernel tree.
arch_of_kbuild()
{
	local arch

	for arch in "${ARCHES[@]}"; do
		[[ ",${ROW[$arch.kbuild]}," != *",$1,"* ]] || { echo "$arch"; return; }
	done
	return 1
}

# arch_flavour ARCH VARIANT: prints Debian's kernel flavour; the default one for
# an empty variant.  "generic" is the default where there is no other.
arch_flavour()
{
	local flavour default=''

	for flavour in ${ROW[$1.flavours]}; do
		[ -n "$default" ] || default=$flavour
		[ -z "$2" ] || [ "${flavour%%=*}" != "$2" ] || { echo "${flavour#*=}"; return; }
	done
	case $2 in
	'' | generic) echo "$default" ;;
	*) return 1 ;;
	esac
}
