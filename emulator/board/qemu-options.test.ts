import { assembleMachine, parseQemuOptions, QemuOptionError } from './qemu-options.js';

const TUTORIAL =
  '-machine virt,virtualization=on -cpu cortex-a53 -serial mon:stdio ' +
  '-device loader,file=loader.img,addr=0x70000000,cpu-num=0 -m size=2G -nographic ' +
  '-netdev user,id=mynet0 -device virtio-net-device,netdev=mynet0,mac=52:55:00:d1:55:01';
const LINUX =
  '-M virt -cpu cortex-a53 -m 256 -nographic -kernel Image -initrd FILE -netdev user,id=n0 -device virtio-net-device,netdev=n0';
const DISK = ['-drive', 'file=disk.img,format=raw,if=none,id=d', '-device', 'virtio-blk-device,drive=d'];
const CARD = ['-device', 'virtio-net-device,netdev=n'];
const BARE = ['-M', 'virt', '-kernel', 'Image'];

describe('QEMU command line', () => {
  it("reads the tutorial's", () => {
    expect(parseQemuOptions(TUTORIAL.split(' '))).toEqual({
      ramSize: 2 ** 31,
      virtualization: true,
      loaders: [{ file: 'loader.img', address: 0x7000_0000, setsEntry: true, raw: false }],
      network: { mac: '52:55:00:d1:55:01' },
      noReboot: false, console: true, monitor: true,
    });
  });

  it('reads a direct Linux boot, with a command line of several words', () => {
    expect(parseQemuOptions([...LINUX.split(' '), '-append', 'console=ttyAMA0 a,b', '--seed', '7', '-no-reboot'])).toEqual({
      ramSize: 256 * 2 ** 20,
      virtualization: false,
      loaders: [],
      linux: { kernel: 'Image', initrd: 'FILE', commandLine: 'console=ttyAMA0 a,b' },
      network: { mac: '52:54:00:12:34:56' },
      seed: 7, noReboot: true, console: true, monitor: true,
    });
  });

  it('reads what a hypervisor finds for its first guest', () => {
    const args = ['-device', 'guest-loader,addr=0x49000000,kernel=guest,bootargs=console=hvc0 quiet', '-device', 'guest-loader,addr=0x4d000000,initrd=disk'];
    const line = parseQemuOptions([...BARE, '-m', '1G', ...args]);
    expect(assembleMachine(line, (file) => Buffer.from(file), 1, 'simulated').loaders).toEqual([
      { bytes: Buffer.from('guest'), address: 0x4900_0000, setsEntry: false, guest: { kind: 'kernel', commandLine: 'console=hvc0 quiet' } },
      { bytes: Buffer.from('disk'), address: 0x4d00_0000, setsEntry: false, guest: { kind: 'ramdisk' } },
    ]);
  });

  it('reads where a debugger is waited for', () => {
    expect(parseQemuOptions([...BARE, '-s', '-S'])).toMatchObject({ gdb: 'tcp::1234', held: true });
    expect(parseQemuOptions([...BARE, '-gdb', 'tcp::5678'])).toMatchObject({ gdb: 'tcp::5678' });
  });

  it('reads what is traced, and where to', () => {
    expect(parseQemuOptions([...BARE, '-d', 'int,in_asm', '-D', 'log'])).toMatchObject({ trace: ['int', 'in_asm'], traceFile: 'log' });
  });

  it('reads drives, and devices in their order', () => {
    const args = ['-M', 'highmem=off', ...DISK, '-netdev', 'user,id=n', ...CARD, '-device', 'virtio-rng-pci', '-serial', 'none', '-chardev', 'stdio,id=c',
      '-device', 'virtio-serial-device', '-device', 'virtconsole,chardev=c', '-global', 'virtio-mmio.force-legacy=off'];
    expect(parseQemuOptions([...BARE, ...args])).toMatchObject({
      devices: [
        { kind: 'block', drive: { file: 'disk.img', readOnly: false, snapshot: false } },
        { kind: 'network', mac: '52:54:00:12:34:56' },
        { kind: 'entropy', pci: true },
        { kind: 'console', port: 'terminal' },
      ],
      modernVirtio: true, pcie: 'low', console: true, monitor: false,
    });
    expect(parseQemuOptions([...BARE, '-M', 'highmem=off']).pcie).toBe('low');
    expect(parseQemuOptions([...BARE, '-M', 'highmem=on']).pcie).toBe('high');
    expect(parseQemuOptions([...BARE, '-device', 'virtio-rng-pci']).pcie).toBe('high');
    expect(parseQemuOptions([...BARE, '-snapshot', ...DISK]).devices).toEqual([
      { kind: 'block', drive: { file: 'disk.img', readOnly: false, snapshot: true } },
    ]);
    expect(parseQemuOptions([...BARE, '-serial', 'file:log'])).toMatchObject({ console: false, serialFile: 'log' });
  });

  it('boots firmware from flash, with the kernel beside it', () => {
    const line = parseQemuOptions(['-M', 'virt', '-drive', 'file=code,if=pflash,readonly=on,format=raw', '-drive', 'file=vars,if=pflash,format=raw']);
    expect(line.flash).toEqual([{ file: 'code', readOnly: true, snapshot: false }, { file: 'vars', readOnly: false, snapshot: false }]);
    const opened: [string, number?][] = [];
    const machine = assembleMachine(line, () => new Uint8Array(0), 1, 'simulated', ({ file }, size) => {
      opened.push([file, size]);
      return { module: 'm', argument: file };
    });
    expect(opened).toEqual([['code', 0x400_0000], ['vars', 0x400_0000]]);
    expect(machine.flash).toEqual([{ storage: { module: 'm', argument: 'code' } }, { storage: { module: 'm', argument: 'vars' } }]);
    const bios = parseQemuOptions(['-M', 'virt', '-bios', 'u-boot.bin', '-kernel', 'Image']);
    expect(assembleMachine(bios, (file) => Uint8Array.from(Buffer.from(file)), 1, 'simulated').flash).toEqual([
      { content: Uint8Array.from(Buffer.from('u-boot.bin')) },
    ]);
    expect(() => assembleMachine(bios, () => new Uint8Array(0x400_0001), 1, 'simulated')).toThrow('do not fit the flash');
  });

  it('takes a doubled comma for one in a file name', () => {
    const { loaders } = parseQemuOptions(['-M', 'virt', '-device', 'loader,file=a,,b=c,addr=0x40000000,cpu-num=0']);
    expect(loaders[0]!.file).toBe('a,b=c');
  });

  it.each([
    ['512', 512 * 2 ** 20], ['size=1G', 2 ** 30], ['0x100M', 2 ** 28], ['2048k', 2 ** 21], ['1.5G', 1.5 * 2 ** 30],
  ])('reads -m %s', (text, bytes) => {
    expect(parseQemuOptions([...BARE, '-m', text]).ramSize).toBe(bytes);
  });

  it.each([
    [['-vga', 'std'], '-vga is not supported (supported: -machine, -M, -cpu'],
    [['-hda', 'disk'], '-hda is not supported: the board has no IDE disk: use -drive'],
    [['-d', 'int,exec'], "-d int,exec: 'exec' cannot be traced (known: in_asm, int, mmu, guest_errors, unimp)"],
    [['constructor'], "'constructor' is not an option"],
    [['-constructor'], '-constructor is not supported'],
    [['-M', 'raspi3b'], "-machine 'raspi3b' is not supported (supported: virt)"],
    [['-M', 'virt,secure=on'], "-machine secure= 'on' is not supported (supported: off)"],
    [['-M', 'virt,virtualization=maybe'], "-machine: 'virtualization' is on or off, not 'maybe'"],
    [['-M', 'virt,its=off'], "unknown parameter 'its' (supported: virtualization, accel, gic-version, secure, highmem, acpi)"],
    [['-M', 'virt,acpi=on'], "-machine acpi= 'on' is not supported (supported: off)"],
    [['-device', 'guest-loader,addr=0x46000000'], "-device guest-loader: give one of 'kernel' and 'initrd'"],
    [['-device', 'guest-loader,kernel=Image'], "-device guest-loader: parameter 'addr' is missing"],
    [['-device', 'guest-loader,addr=0x47000000,initrd=disk,bootargs=quiet'], "-device guest-loader: 'bootargs' only goes with 'kernel'"],
    [['-device', 'guest-loader,addr=0x1000,kernel=Image'], '-device guest-loader: 0x1000 is not in RAM, which starts at 0x40000000'],
    [['-cpu', 'max'], "-cpu 'max' is not supported (supported: cortex-a53)"],
    [['-smp', '5'], "-smp '5' is not supported (supported: 1, 2, 3, 4)"],
    [['-smp', 'cpus=0'], "-smp '0' is not supported (supported: 1, 2, 3, 4)"],
    [['-m', '3'], '-m 3: give a multiple of 2 MiB'],
    [['-m', '4G'], '-m 4G: at most 3072M is supported'],
    [['-m', 'lots'], "-m: 'lots' is not a size such as 512M or 2G"],
    [['-m'], '-m needs a value'],
    [['-device', 'virtio-gpu-device'], "-device 'virtio-gpu-device' is not supported (supported: loader, guest-loader, virtio-net-device, virtio-net-pci, virtio-blk-device"],
    [['-device', 'virtio-blk-device'], "parameter 'drive' is missing"],
    [['-device', 'virtio-blk-device,drive=d'], "there is no -drive with the id 'd'"],
    [['-device', 'virtio-blk-device,drive=d,bootindex=1'], "unknown parameter 'bootindex' (supported: id, drive, serial)"],
    [['-drive', 'format=raw,if=none,id=d'], "parameter 'file' is missing"],
    [['-drive', 'file=x,if=none,id=d,format=qcow2'], "-drive format= 'qcow2' is not supported (supported: raw)"],
    [['-drive', 'file=x,id=d'], "-drive if= '' is not supported (supported: none, pflash)"],
    [['-drive', 'file=x,if=none'], "parameter 'id' is missing"],
    [['-drive', 'file=x,if=pflash,unit=2'], 'the board has flash units 0 and 1'],
    [['-drive', 'file=x,if=pflash', '-bios', 'y'], 'the first flash bank has both'],
    [[...DISK, '-device', 'virtio-blk-pci,drive=d'], "the drive 'd' is in use by another device"],
    [[...DISK, '-drive', 'file=disk.img,if=pflash'], 'two devices would write to disk.img: give one of them snapshot=on'],
    [['-device', 'virtconsole,chardev=c'], 'there is no -device virtio-serial-device for it'],
    [['-device', 'virtio-serial-device', '-device', 'virtconsole,chardev=c'], "there is no -chardev with the id 'c'"],
    [['-device', 'virtio-serial-device', '-chardev', 'stdio,id=c', '-device', 'virtconsole,chardev=c'], 'give -serial none'],
    [['-chardev', 'socket,id=c'], "-chardev 'socket' is not supported (supported: stdio, null)"],
    [['-global', 'pflash.x=1'], "-global 'pflash.x=1' is not supported"],
    [['-netdev', 'user,id=n', ...CARD, ...CARD], 'only one network card is supported'],
    [['-device', 'virtio-net-device,netdev=n1'], "there is no -netdev with the id 'n1'"],
    [['-device', 'virtio-net-device,netdev=n0,mac=01:00:00:00:00:00'], "'01:00:00:00:00:00' is not an Ethernet address"],
    [['-device', 'loader,addr=0x40000000'], "-device loader: parameter 'file' is missing"],
    [['-device', 'loader,file=x,addr=0x40000000,cpu-num=1'], 'there is no processor 1, only 0'],
    [['-device', 'loader,file=x,addr=0x1000'], '0x1000 is not in RAM'],
    [['-netdev', 'tap,id=n'], "-netdev 'tap' is not supported (supported: user)"],
    [['-netdev', 'user,id=n,hostfwd=tcp::22-:22'], "'hostfwd' is not supported: the machine's network is inside this process"],
    [['-netdev', 'user,'], 'there is nothing before or after a comma'],
    [['-serial', 'pty'], "-serial 'pty' is not supported"],
  ])('refuses %j', (args, message) => {
    const parse = (): unknown => parseQemuOptions([...BARE, ...args]);
    expect(parse).toThrow(QemuOptionError);
    expect(parse).toThrow(message);
  });

  it.each([
    [[], 'no machine given'],
    [['-M', 'virt'], 'nothing to boot'],
    [['-M', 'virt', '-initrd', 'x'], '-initrd only goes with -kernel'],
  ])('misses what is missing from %j', (args, message) => {
    expect(() => parseQemuOptions(args)).toThrow(message);
  });

  it('makes the machine from the files', () => {
    const files: Record<string, Uint8Array> = { 'loader.img': Uint8Array.of(1, 2), elf: Uint8Array.of(0x7f, 0x45, 0x4c, 0x46) };
    const machine = assembleMachine(parseQemuOptions(TUTORIAL.split(' ')), (file) => files[file]!, 9, 'simulated');
    expect(machine).toEqual({
      ramSize: 2 ** 31, virtualization: true, network: { mac: '52:55:00:d1:55:01' }, seed: 9, pacing: 'simulated',
      loaders: [{ bytes: Uint8Array.of(1, 2), address: 0x7000_0000, setsEntry: true }],
    });
    const elf = parseQemuOptions(['-M', 'virt', '-device', 'loader,file=elf,addr=0x40000000,cpu-num=0']);
    expect(() => assembleMachine(elf, (file) => files[file]!, 9, 'simulated')).toThrow('elf is an ELF file');
    const high = parseQemuOptions(['-M', 'virt', '-device', 'loader,file=loader.img,addr=0x48000000,cpu-num=0']);
    expect(() => assembleMachine(high, (file) => files[file]!, 9, 'simulated')).toThrow('behind the RAM: give more with -m');
  });
});
