/** Options of QEMU's that are known here only to say why not, and what to do instead. */
const DISK = 'use -drive file=FILE,format=raw,if=none,id=d -device virtio-blk-device,drive=d';
const NO_DISPLAY = 'there is no display: the console is the terminal';
const HOST = 'the machine is a part of this process, which the host has already';

export const REFUSED: Readonly<Record<string, string>> = {
  hda: `the board has no IDE disk: ${DISK}`, hdb: `the board has no IDE disk: ${DISK}`, hdc: `the board has no IDE disk: ${DISK}`,
  hdd: `the board has no IDE disk: ${DISK}`, cdrom: `the board has no IDE disk: ${DISK}`, sd: 'the board has no SD card', mtdblock: 'flash is -drive if=pflash',
  pflash: 'use -drive if=pflash,file=FILE,format=raw', fda: 'the board has no floppy disk', fdb: 'the board has no floppy disk',
  net: 'use -netdev user,id=n -device virtio-net-device,netdev=n',
  object: 'entropy follows from -seed: use -device virtio-rng-device alone',
  numa: 'all memory is in one place', 'enable-kvm': 'the processor is emulated, on any host', kvm: 'the processor is emulated, on any host',
  'accel-kvm': 'the processor is emulated, on any host',
  vga: NO_DISPLAY, vnc: NO_DISPLAY, spice: NO_DISPLAY, sdl: NO_DISPLAY, 'full-screen': NO_DISPLAY, k: NO_DISPLAY,
  audio: 'there is no sound', audiodev: 'there is no sound', soundhw: 'there is no sound', usb: 'there is no USB', usbdevice: 'there is no USB',
  fsdev: 'the guest reaches no folder of the host: give files by -drive or -initrd', virtfs: 'the guest reaches no folder of the host: give files by -drive or -initrd',
  boot: 'firmware decides what it boots; give a kernel by -kernel', 'option-rom': 'devices have no firmware of their own',
  'fw_cfg': 'only -kernel, -initrd and -append are there for firmware', smbios: 'there are no SMBIOS tables', acpitable: 'there are no ACPI tables',
  uuid: 'it would stand in the SMBIOS tables, which are not there', qmp: 'the monitor is behind Control-A c', 'qmp-pretty': 'the monitor is behind Control-A c',
  mon: 'the monitor is behind Control-A c, or give -monitor stdio', parallel: 'the board has no parallel port', debugcon: 'the board has no debug port',
  loadvm: 'use --restore FILE', incoming: 'use --restore FILE', daemonize: HOST, pidfile: HOST, chroot: HOST, runas: HOST, sandbox: HOST,
  'overcommit': HOST, 'mem-path': HOST, 'mem-prealloc': HOST, trace: 'use -d', plugin: 'there are no plugins', watchdog: 'there is no watchdog',
  'watchdog-action': 'there is no watchdog', action: 'use -no-reboot and -no-shutdown', preconfig: 'there is nothing to configure later',
  readconfig: 'give the options themselves', writeconfig: 'give the options themselves', set: 'give the value with its option', tpmdev: 'there is no TPM',
  bt: 'there is no Bluetooth', singlestep: 'use GDB: -s', 'echr': 'the key is Control-A', prom: 'there is no Open Firmware',
  win2k: 'this board runs no Windows 2000', 'no-hpet': 'the board has no HPET',
};
