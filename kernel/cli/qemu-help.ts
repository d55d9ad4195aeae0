/** What `virtbook qemu -help` says. */
export const QEMU_HELP = `Usage: virtbook qemu -machine virt -cpu cortex-a53 [options]

Runs the machine with the options of qemu-system-aarch64 that it knows:
  -machine virt[,virtualization=on][,highmem=off][,dumpdtb=FILE]
                                       the board; -M for short. dumpdtb: writes its device tree, and runs nothing
  -cpu cortex-a53
  -smp [cpus=]N[,sockets=N][,clusters=N][,cores=N][,threads=N][,maxcpus=N]
                                       processors, 1 to 4
  -m SIZE                              RAM, such as 256 (MiB) or size=2G
  -rtc base=utc|localtime|DATE         what the clock says at first; follows from the seed unless given

  -nographic, -serial mon:stdio        the console is this terminal; Control-A h lists the keys
  -serial stdio|none|null|file:PATH|chardev:ID
                                       the same without Control-A, nothing, or a file for what is sent
  -monitor stdio|none                  the monitor is this terminal, and the console elsewhere; its help tells of
                                       x, xp, print, info, stop, cont, savevm and others
  -chardev stdio|null|file,id=ID[,mux=on][,path=FILE]

  -device loader,file=FILE[,addr=ADDR][,cpu-num=0][,force-raw=on]
                                       a program as ELF file, or bytes at ADDR; cpu-num=0: it starts there
  -device loader,addr=ADDR,data=N,data-len=1..8[,data-be=on]
  -device loader,addr=ADDR,cpu-num=0
  -device guest-loader,addr=ADDR,kernel=FILE[,bootargs=TEXT], or initrd=FILE
                                       what a hypervisor that -kernel names finds for its first guest
  -kernel IMAGE [-initrd FILE] [-append "COMMAND LINE"] [-dtb FILE]
                                       Linux as Image or Image.gz, a program as ELF file, or one as bytes
  -bios FILE                           firmware, in the first flash bank

  -drive if=pflash,file=FILE,format=raw[,unit=N][,readonly=on][,snapshot=on]
  -drive [if=virtio,]file=FILE,format=raw[,readonly=on][,snapshot=on]
  -drive if=none,id=ID,file=FILE,format=raw[,readonly=on][,snapshot=on]
  -blockdev raw,node-name=ID,file.driver=file,file.filename=FILE[,read-only=on]
  -device virtio-blk-device,drive=ID[,serial=TEXT]
  -snapshot                            what is written to disks and flash is forgotten

  -netdev user,id=ID -device virtio-net-device,netdev=ID[,mac=MAC]
  -nic user[,mac=MAC]                  the same as a PCI device; -nic none
                                       after user: net=ADDR/BITS, host=, dns=, dhcpstart=, hostname=, domainname=
  -netdev user,id=ID,hostfwd=tcp|udp:[127.0.0.1]:PORT-[ADDR]:PORT
                                       this computer, and no other, reaches a port of the guest; such runs do not repeat

  -device virtio-rng-device
  -serial none -chardev stdio,id=ID -device virtio-serial-device -device virtconsole,chardev=ID
                                       each virtio-*-device also as virtio-*-pci
  -global virtio-mmio.force-legacy=off the devices show version 2 of the interface

  -semihosting, -semihosting-config enable=on[,target=native][,arg=WORD...]
                                       HLT #0xf000 reaches the console, and ends the run with a status; no files
  -no-reboot                           a reset ends the run
  -no-shutdown                         a machine that is off stays for the monitor
  -s, -gdb tcp:[HOST]:PORT             GDB is waited for: at tcp::1234 with -s, and on this computer only without HOST
  -d ITEM[,ITEM...] [-D FILE]          traces on standard error, or into FILE: in_asm, int, mmu, guest_errors, unimp
                                       (-d help tells of them)
  -dfilter RANGE[,RANGE...]            of in_asm, instructions at these addresses: FIRST..LAST, FIRST+LENGTH, LAST-LENGTH
  -S                                   the machine stands still until GDB or the monitor lets it go
  -seed N                              decides what is left to chance; drawn unless given
  -version

and three options of its own:
  --snapshot FILE                      saves the machine when the run ends by Control-A x or with its input; the
                                       monitor's savevm FILE saves it at any time
  --restore FILE                       goes on where a snapshot was taken, and needs none of the options above: those
                                       that are given must be as they were
  --stats                              says on standard error, when the machine has stopped, how it executed
A snapshot holds the whole machine, but no disks: those must be attached read-only.
`;
