import { gunzipSync, gzipSync } from 'node:zlib';
import { assembleMachine, parseQemuOptions, QemuOptionError } from './options.js';

const TUTORIAL =
  '-machine virt,virtualization=on -cpu cortex-a53 -serial mon:stdio ' +
  '-device loader,file=loader.img,addr=0x70000000,cpu-num=0 -m size=2G -nographic ' +
  '-netdev user,id=mynet0 -device virtio-net-device,netdev=mynet0,mac=52:55:00:d1:55:01';
const LINUX = '-M virt -cpu cortex-a53 -m 256 -nographic -kernel Image -initrd FILE -netdev user,id=n0 -device virtio-net-device,netdev=n0';
const DISK = ['-drive', 'file=disk.img,format=raw,if=none,id=d', '-device', 'virtio-blk-device,drive=d'];
const CARD = ['-device', 'virtio-net-device,netdev=n'];
const BARE = ['-M', 'virt', '-kernel', 'Image'];

/** A program of one segment, two bytes longer in memory than in the file, that starts at its third byte. */
function elf(physical: number, virtual: bigint, content: Uint8Array): Uint8Array {
  const file = new Uint8Array(64 + 56 + content.length);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(18, 183, true);
  view.setBigUint64(24, virtual + 2n, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 1, true);
  [120n, virtual, BigInt(physical), BigInt(content.length), BigInt(content.length + 2)].forEach((value, n) =>
    view.setBigUint64(72 + 8 * n, value, true),
  );
  file.set(content, 120);
  return file;
}

describe('QEMU command line', () => {
  it("reads the tutorial's", () => {
    expect(parseQemuOptions(TUTORIAL.split(' '))).toEqual({
      ramSize: 2 ** 31,
      virtualization: true,
      loaders: [{ kind: 'file', file: 'loader.img', raw: false, address: 0x7000_0000, setsEntry: true }],
      network: { mac: '52:55:00:d1:55:01' },
      noReboot: false,
      console: true,
      monitor: true,
    });
  });

  it('reads a direct Linux boot, with a command line of several words', () => {
    expect(parseQemuOptions([...LINUX.split(' '), '-append', 'console=ttyAMA0 a,b', '--seed', '7', '-no-reboot'])).toEqual({
      ramSize: 256 * 2 ** 20,
      virtualization: false,
      loaders: [],
      linux: { kernel: 'Image', initrd: 'FILE', commandLine: 'console=ttyAMA0 a,b' },
      network: { mac: '52:54:00:12:34:56' },
      seed: 7,
      noReboot: true,
      console: true,
      monitor: true,
    });
  });

  it('reads what a hypervisor finds for its first guest', () => {
    const args = [
      '-device',
      'guest-loader,addr=0x49000000,kernel=guest,bootargs=console=hvc0 quiet',
      '-device',
      'guest-loader,addr=0x4d000000,initrd=disk',
    ];
    const line = parseQemuOptions([...BARE, '-m', '1G', ...args]);
    expect(assembleMachine(line, { read: (file) => Buffer.from(file) }, 1, 'simulated').loaders).toEqual([
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
    expect(parseQemuOptions([...BARE, '-d', 'in_asm', '-dfilter', '0x8000..0x8fff,0xffffffc000080000+0x200,0x2000-0x1000'])).toMatchObject({
      traceRanges: [
        { first: 0x8000n, last: 0x8fffn },
        { first: 0xffffffc000080000n, last: 0xffffffc0000801ffn },
        { first: 0x1001n, last: 0x2000n },
      ],
    });
    for (const wrong of ['12', '0x20..0x10', '0x10-0x20', '0xffffffffffffffff+2', 'a..b', '']) {
      expect(() => parseQemuOptions([...BARE, '-d', 'in_asm', '-dfilter', wrong])).toThrow(/-dfilter/);
    }
  });

  it('reads drives, and devices in their order', () => {
    const args = [
      '-M',
      'highmem=off',
      ...DISK,
      '-netdev',
      'user,id=n',
      ...CARD,
      '-device',
      'virtio-rng-pci',
      '-serial',
      'none',
      '-chardev',
      'stdio,id=c',
      '-device',
      'virtio-serial-device',
      '-device',
      'virtconsole,chardev=c',
      '-global',
      'virtio-mmio.force-legacy=off',
    ];
    expect(parseQemuOptions([...BARE, ...args])).toMatchObject({
      devices: [
        { kind: 'block', drive: { file: 'disk.img', readOnly: false, snapshot: false } },
        { kind: 'network', mac: '52:54:00:12:34:56' },
        { kind: 'entropy', pci: true },
        { kind: 'console', port: 'terminal' },
      ],
      modernVirtio: true,
      pcie: 'low',
      console: true,
      monitor: false,
    });
    expect(parseQemuOptions([...BARE, '-M', 'highmem=off']).pcie).toBe('low');
    expect(parseQemuOptions([...BARE, '-snapshot', ...DISK]).devices).toEqual([
      { kind: 'block', drive: { file: 'disk.img', readOnly: false, snapshot: true } },
    ]);
    expect(parseQemuOptions([...BARE, '-serial', 'file:log'])).toMatchObject({ console: false, serialFile: 'log' });
  });

  it('boots firmware from flash, with the kernel beside it', () => {
    const line = parseQemuOptions([
      '-M',
      'virt',
      '-drive',
      'file=code,if=pflash,readonly=on,format=raw',
      '-drive',
      'file=vars,if=pflash,format=raw',
    ]);
    expect(line.flash).toEqual([
      { file: 'code', readOnly: true, snapshot: false },
      { file: 'vars', readOnly: false, snapshot: false },
    ]);
    const opened: [string, number | undefined][] = [];
    const machine = assembleMachine(
      line,
      {
        read: () => new Uint8Array(0),
        open: ({ file }, size) => {
          opened.push([file, size]);
          return { module: 'm', argument: file };
        },
      },
      1,
      'simulated',
    );
    expect(opened).toEqual([
      ['code', 0x400_0000],
      ['vars', 0x400_0000],
    ]);
    expect(machine.flash).toEqual([{ storage: { module: 'm', argument: 'code' } }, { storage: { module: 'm', argument: 'vars' } }]);
    const bios = parseQemuOptions(['-M', 'virt', '-bios', 'u-boot.bin', '-kernel', 'Image']);
    expect(assembleMachine(bios, { read: (file) => Uint8Array.from(Buffer.from(file)) }, 1, 'simulated').flash).toEqual([
      { content: Uint8Array.from(Buffer.from('u-boot.bin')) },
    ]);
    expect(() => assembleMachine(bios, { read: () => new Uint8Array(0x400_0001) }, 1, 'simulated')).toThrow('do not fit the flash');
  });

  it('reads how processors are arranged, and fills in what is not said', () => {
    const smp = (value: string) => {
      const { processors, topology } = parseQemuOptions([...BARE, '-smp', value]);
      return [processors, topology && [topology.sockets, topology.clusters, topology.cores, topology.threads].join('*')];
    };
    expect(['4', 'cpus=2', 'cores=3', '4,cores=4'].map(smp)).toEqual([
      [4, undefined],
      [2, undefined],
      [3, undefined],
      [4, undefined],
    ]);
    expect(['4,sockets=2', '4,cores=2', '4,threads=2', 'sockets=2,threads=2', '2,maxcpus=4', '4,clusters=2'].map(smp)).toEqual([
      [4, '2*1*2*1'],
      [4, '2*1*2*1'],
      [4, '1*1*2*2'],
      [4, '2*1*1*2'],
      [2, '1*1*4*1'],
      [4, '1*2*2*1'],
    ]);
  });

  it('reads the network, and what the host may reach of it', () => {
    const args =
      'user,id=n,net=192.168.7.0/24,dhcpstart=192.168.7.9,hostname=guest,hostfwd=tcp::8080-:80,hostfwd=udp:127.0.0.1:53-192.168.7.9:53';
    expect(parseQemuOptions([...BARE, '-netdev', args, ...CARD])).toMatchObject({
      network: { mac: '52:54:00:12:34:56' },
      networkSettings: { network: '192.168.7.0', prefix: 24, firstLease: '192.168.7.9', hostName: 'guest' },
      forwards: [
        { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 8080, guestPort: 80 },
        { protocol: 'udp', hostAddress: '127.0.0.1', hostPort: 53, guestAddress: '192.168.7.9', guestPort: 53 },
      ],
    });
    // A network without a card is no network.
    expect(parseQemuOptions([...BARE, '-netdev', args]).forwards).toBeUndefined();
    expect(parseQemuOptions([...BARE, '-device', 'virtio-rng-pci', '-nic', 'user,mac=52:54:00:00:00:01'])).toMatchObject({
      devices: [
        { kind: 'network', mac: '52:54:00:00:00:01', pci: true },
        { kind: 'entropy', pci: true },
      ],
    });
    expect(parseQemuOptions([...BARE, '-nic', 'none', '-nodefaults']).devices).toBeUndefined();
  });

  it('puts drives on PCI that name no device, after those that have one', () => {
    const args = ['-drive', 'file=a,,b,format=raw,readonly=on', '-device', 'virtio-rng-pci'];
    expect(parseQemuOptions([...BARE, ...args]).devices).toEqual([
      { kind: 'entropy', pci: true },
      { kind: 'block', pci: true, drive: { file: 'a,b', readOnly: true, snapshot: false } },
    ]);
    const nodes = [
      '-blockdev',
      'file,node-name=f,filename=disk.img',
      '-blockdev',
      'raw,node-name=d,file=f,read-only=on',
      '-device',
      'virtio-blk-device,drive=d',
    ];
    expect(parseQemuOptions([...BARE, ...nodes]).devices).toEqual([
      { kind: 'block', drive: { file: 'disk.img', readOnly: true, snapshot: false } },
    ]);
    const one = ['-blockdev', 'driver=raw,node-name=d,file.driver=file,file.filename=disk.img', '-device', 'virtio-blk-pci,drive=d'];
    expect(parseQemuOptions([...BARE, ...one]).devices).toEqual([
      { kind: 'block', pci: true, drive: { file: 'disk.img', readOnly: false, snapshot: false } },
    ]);
  });

  it('loads words, programs, and only where to start', () => {
    const loader = (text: string) => parseQemuOptions(['-M', 'virt', '-device', `loader,${text}`, '-bios', 'x']).loaders[0];
    expect(loader('addr=0x40000000,data=0x01020304,data-len=4')).toEqual({
      kind: 'data',
      bytes: Uint8Array.of(4, 3, 2, 1),
      address: 0x4000_0000,
      setsEntry: false,
    });
    expect(loader('addr=0x40000000,data=0xffffffffffffffff,data-len=8,data-be=on')).toMatchObject({
      kind: 'data',
      bytes: new Uint8Array(8).fill(255),
    });
    expect(loader('addr=0x1000,cpu-num=0')).toEqual({ kind: 'entry', address: 0x1000, setsEntry: true });
    const files: Record<string, Uint8Array> = {
      elf: elf(0x4020_0000, 0xffff_8000_0020_0000n, Uint8Array.of(1, 2, 3)),
      raw: Uint8Array.of(9),
    };
    const made = (...args: string[]) =>
      assembleMachine(parseQemuOptions(['-M', 'virt', ...args]), { read: (file) => files[file]! }, 1, 'simulated').loaders;
    const segment = { address: 0x4020_0000, bytes: Uint8Array.of(1, 2, 3, 0, 0), setsEntry: false };
    const entry = { address: 0x4020_0002, bytes: new Uint8Array(0), setsEntry: true };
    expect(made('-device', 'loader,file=elf,cpu-num=0')).toEqual([segment, entry]);
    expect(made('-kernel', 'elf')).toEqual([segment, entry]);
    expect(made('-device', 'loader,file=elf', '-device', 'loader,addr=0x40300000,cpu-num=0')).toEqual([
      segment,
      { ...entry, address: 0x4030_0000 },
    ]);
    expect(made('-device', 'loader,file=elf,force-raw=on,addr=0x40300000,cpu-num=0')).toEqual([
      { bytes: files.elf, address: 0x4030_0000, setsEntry: true },
    ]);
    expect(() => made('-device', 'loader,file=raw,cpu-num=0')).toThrow('raw is not an ELF file, which would say where it goes: give addr=');
    files.elf = files.elf!.subarray(0, 100);
    expect(() => made('-kernel', 'elf')).toThrow('-kernel elf: the ELF file is cut off');
  });

  it('adds up what several -machine say, in any order', () => {
    const parts = ['-M', 'virtualization=true', '-M', 'virt', '-machine', 'gic-version=max,highmem=off'];
    const { virtualization, pcie } = parseQemuOptions([...parts, '-kernel', 'Image']);
    expect({ virtualization, pcie }).toEqual({ virtualization: true, pcie: 'low' });
    expect(() => parseQemuOptions(['-M', 'virtualization=true', '-kernel', 'Image'])).toThrow('no machine given: use -machine virt');
  });

  it('takes what changes nothing here', () => {
    const plain = parseQemuOptions(BARE);
    const nothing =
      '-net none -vga none -vnc none -parallel none -boot c -boot order=nc,menu=on,strict=on -L /usr/share/qemu -msg timestamp=on ' +
      '-overcommit mem-lock=off -cpu cortex-a53,pmu=on -uuid 01234567-89ab-cdef-0123-456789abcdef';
    expect(parseQemuOptions([...BARE, ...nothing.split(' ')])).toEqual(plain);
    const shared = '-chardev stdio,id=c,mux=on -serial chardev:c -mon chardev=c,mode=readline'.split(' ');
    expect(parseQemuOptions([...BARE, ...shared])).toMatchObject({ console: true, monitor: true });
    expect(parseQemuOptions([...BARE, '-pidfile', 'p'])).toEqual({ ...plain, pidFile: 'p' });
  });

  it('puts a device into the slot that its bus names', () => {
    const xv6 = '-drive file=fs.img,if=none,format=raw,id=x0 -device virtio-blk-device,drive=x0,bus=virtio-mmio-bus.0,bootindex=1';
    expect(parseQemuOptions([...BARE, ...xv6.split(' ')]).devices).toMatchObject([{ kind: 'block', slot: 0 }]);
    const card = '-netdev user,id=n -device virtio-net-device,netdev=n,bus=virtio-mmio-bus.7';
    expect(parseQemuOptions([...BARE, ...card.split(' ')]).network).toMatchObject({ slot: 7 });
    expect(parseQemuOptions([...BARE, '-device', 'virtio-rng-pci,bus=pcie.0']).devices).toEqual([{ kind: 'entropy', pci: true }]);
  });

  it('gives a Cortex-A53 for another processor when it is told to', () => {
    expect(parseQemuOptions([...BARE, '-cpu', 'max,pauth=off', '--cpu-as-a53']).standsInFor).toBe('max');
    expect(parseQemuOptions([...BARE, '-cpu', 'cortex-a53', '--cpu-as-a53']).standsInFor).toBeUndefined();
  });

  it('reads where console and monitor are', () => {
    const consoles = (...args: string[]) => {
      const { console, monitor, serialFile } = parseQemuOptions([...BARE, ...args]);
      return { console, monitor, ...(serialFile !== undefined && { serialFile }) };
    };
    expect(consoles()).toEqual({ console: true, monitor: true });
    expect(consoles('-serial', 'stdio')).toEqual({ console: true, monitor: false });
    expect(consoles('-serial', 'null', '-monitor', 'stdio')).toEqual({ console: false, monitor: true });
    expect(consoles('-serial', 'chardev:c', '-chardev', 'stdio,id=c,mux=on,signal=off')).toEqual({ console: true, monitor: true });
    expect(consoles('-serial', 'chardev:c', '-chardev', 'file,id=c,path=log')).toEqual({
      console: false,
      monitor: false,
      serialFile: 'log',
    });
  });

  it('unpacks a kernel that gzip has packed', () => {
    const kernel = (bytes: Uint8Array) =>
      assembleMachine(parseQemuOptions(BARE), { read: () => bytes, gunzip: gunzipSync }, 1, 'simulated').linux?.kernel;
    const image = Uint8Array.from({ length: 1000 }, (_, i) => i * i);
    expect(kernel(gzipSync(image))).toEqual(image);
    expect(() => kernel(gzipSync(image).subarray(0, 100))).toThrow(
      '-kernel Image is compressed with gzip, and cannot be unpacked: unexpected end of file',
    );
  });

  it('says which files the machine reads itself: not what was unpacked, nor what can be read once', () => {
    const files: Record<string, Uint8Array> = {
      Image: Uint8Array.of(1),
      'Image.gz': gzipSync(Uint8Array.of(1)),
      disk: Uint8Array.of(2),
      pipe: Uint8Array.of(3),
    };
    const again = (file: string): string | undefined => (file === 'pipe' ? undefined : `/where/${file}`);
    const machine = (...args: string[]) =>
      assembleMachine(
        parseQemuOptions(['-M', 'virt', ...args]),
        { read: (file) => files[file]!, again, gunzip: gunzipSync },
        1,
        'simulated',
      );
    const linux = (kernel: string, initrd: string) => machine('-kernel', kernel, '-initrd', initrd).linux?.files;
    expect(linux('Image', 'disk')).toEqual({ kernel: '/where/Image', initrd: '/where/disk' });
    expect(linux('Image.gz', 'pipe')).toEqual({ kernel: undefined, initrd: undefined });
    const loaders = machine(
      ...['disk', 'pipe'].flatMap((file) => ['-device', `loader,file=${file},addr=0x42000000,cpu-num=0,force-raw=on`]),
    ).loaders;
    expect(loaders.map(({ file, bytes }) => [file, bytes[0]])).toEqual([
      ['/where/disk', 2],
      [undefined, 3],
    ]);
  });

  it('takes what is as QEMU has it anyway, and what needs nothing done', () => {
    const args = [
      '-M',
      'virt-7.2,gic-version=2,secure=off,mte=off,dumpdtb=tree',
      '-cpu',
      'cortex-a53,aarch64=on',
      '-icount',
      'shift=auto,sleep=off',
      '-accel',
      'tcg,thread=single',
      '-name',
      'guest',
      '-nodefaults',
      '-no-shutdown',
      '-rtc',
      'base=2020-01-02T03:04:05,clock=vm',
      '-dtb',
      'own.dtb',
      '-semihosting-config',
      'enable=on,target=native,arg=a,arg=b,,c',
    ];
    expect(parseQemuOptions([...BARE, ...args])).toMatchObject({
      dumpDeviceTree: 'tree',
      noShutdown: true,
      startDate: Date.UTC(2020, 0, 2, 3, 4, 5) / 1000,
      deviceTree: 'own.dtb',
      semihosting: { commandLine: 'a b,c' },
    });
    expect(parseQemuOptions([...BARE, '-d', 'int,nochain']).trace).toEqual(['int']);
    expect(parseQemuOptions([...BARE, '-append', 'x y', '-semihosting']).semihosting).toEqual({ commandLine: 'Image x y' });
    const date = (text: string) =>
      assembleMachine(
        parseQemuOptions([...BARE, '-rtc', text]),
        { read: () => new Uint8Array(64), now: 77, localNow: 3677 },
        1,
        'simulated',
      ).startDate;
    expect([date('base=utc'), date('base=localtime'), date('2006-06-17')]).toEqual([77, 3677, Date.UTC(2006, 5, 17) / 1000]);
  });

  it('takes a doubled comma for one in a file name', () => {
    const { loaders } = parseQemuOptions(['-M', 'virt', '-device', 'loader,file=a,,b=c,addr=0x40000000,cpu-num=0']);
    expect(loaders).toEqual([{ kind: 'file', file: 'a,b=c', raw: false, address: 0x4000_0000, setsEntry: true }]);
  });

  it.each([
    ['512', 512 * 2 ** 20],
    ['size=1G', 2 ** 30],
    ['0x100M', 2 ** 28],
    ['2048k', 2 ** 21],
    ['1.5G', 1.5 * 2 ** 30],
  ])('reads -m %s', (text, bytes) => {
    expect(parseQemuOptions([...BARE, '-m', text]).ramSize).toBe(bytes);
  });

  it.each([
    [['-vga', 'std'], '-vga std is not supported: there is no display: the console is the terminal (supported: none)'],
    [['-net', 'user'], '-net user is not supported: use -netdev user'],
    [['-boot', 'd'], '-boot d: the board has disks (c) and a network card (n)'],
    [['-mon', 'chardev=c,mode=control'], "-mon mode= 'control' is not supported (supported: readline)"],
    [['-uuid', '7'], "-uuid '7' is not of the form"],
    [
      [...DISK.slice(0, 3), 'virtio-blk-device,drive=d,bus=virtio-mmio-bus.32'],
      "there is no bus 'virtio-mmio-bus.32' for it (supported: virtio-mmio-bus.0 to virtio-mmio-bus.31)",
    ],
    [
      [...DISK.slice(0, 3), 'virtio-blk-pci,drive=d,bus=virtio-mmio-bus.1'],
      "there is no bus 'virtio-mmio-bus.1' for it (supported: pcie.0)",
    ],
    [
      ['-device', 'virtio-rng-device,bus=virtio-mmio-bus.1', '-device', 'virtio-rng-device,bus=virtio-mmio-bus.1'],
      'there is a device on virtio-mmio-bus.1 already',
    ],
    [['-tilt', 'x'], '-tilt is not supported (supported: -machine, -M, -cpu'],
    [['-hda', 'disk'], '-hda is not supported: the board has no IDE disk: use -drive'],
    [['-d', 'int,exec'], "-d int,exec: 'exec' cannot be traced: there are no blocks"],
    [['constructor'], "'constructor' is not an option"],
    [['-constructor'], '-constructor is not supported'],
    [['-M', 'raspi3b'], "-machine 'raspi3b' is not supported (supported: virt, virt-7.2)"],
    [['-M', 'virt,secure=on'], "-machine secure= 'on' is not supported: there is no EL3 (supported: off)"],
    [['-M', 'virt,virtualization=maybe'], "-machine: 'virtualization' is on or off, not 'maybe'"],
    [['-M', 'virt,gic-version=3'], "gic-version= '3' is not supported: the interrupt controller is a GICv2 (supported: 2, max)"],
    [['-M', 'virt,colour=red'], "unknown parameter 'colour' (supported: virtualization, highmem, dumpdtb, accel, gic-version, secure, mte"],
    [['-cpu', 'max'], "-cpu 'max' is not supported: the processor is a Cortex-A53, whatever the host has"],
    [['-cpu', 'cortex-a57'], "-cpu 'cortex-a57' is not supported: the processor is a Cortex-A53 (supported: cortex-a53; with --cpu-as-a53"],
    [['-cpu', 'cortex-a53,pmu=off'], "'pmu=off' is not supported: the Cortex-A53 has the features that it has"],
    [['-cpu', 'cortex-a53,-aarch64'], "'-aarch64' is not supported"],
    [['-smp', '5'], '-smp 5: 5 processors are not supported (supported: 1 to 4)'],
    [['-smp', '4,sockets=3'], 'sockets (3) * clusters (1) * cores (1) * threads (1) is 3, and not the 4 processors'],
    [['-smp', '4,maxcpus=2'], 'maxcpus (2) is less than the 4 processors'],
    [['-smp', '2,dies=2'], 'the board has no dies'],
    [['-smp', 'cpus=0'], "-smp cpus=0: 'cpus' is 1 or more"],
    [['-m', '1G,maxmem=2G'], "'maxmem' is not supported: memory is not plugged in"],
    [['-M', 'virt,acpi=on'], "-machine acpi= 'on' is not supported: there are no ACPI tables (supported: off, auto)"],
    [['-device', 'guest-loader,addr=0x46000000'], "-device guest-loader: give one of 'kernel' and 'initrd'"],
    [['-device', 'guest-loader,kernel=Image'], "-device guest-loader: parameter 'addr' is missing"],
    [['-device', 'guest-loader,addr=0x47000000,initrd=disk,bootargs=quiet'], "-device guest-loader: 'bootargs' only goes with 'kernel'"],
    [['-device', 'guest-loader,addr=0x1000,kernel=Image'], '-device guest-loader: 0x1000 is not in RAM, which starts at 0x40000000'],
    [['-m', '3'], '-m 3: give a multiple of 2 MiB'],
    [['-m', '4G'], '-m 4G: at most 3072M is supported'],
    [['-m', 'lots'], "-m: 'lots' is not a size such as 512M or 2G"],
    [['-m'], '-m needs a value'],
    [
      ['-device', 'virtio-gpu-device'],
      "-device 'virtio-gpu-device' is not supported (supported: loader, guest-loader, virtio-blk-device, virtio-blk-pci, virtio-net-device",
    ],
    [['-device', 'virtio-blk-device'], "parameter 'drive' is missing"],
    [['-device', 'virtio-blk-device,drive=d'], "there is no -drive with the id 'd'"],
    [[...DISK.slice(0, 3), 'virtio-blk-device,drive=d,bootindex=first'], "'bootindex' is a number"],
    [['-device', 'virtio-blk-device,drive=d,colour=1'], "unknown parameter 'colour' (supported: id, bus, bootindex, drive, serial)"],
    [['-drive', 'format=raw,if=none,id=d'], "parameter 'file' is missing"],
    [['-drive', 'file=x,if=none,id=d,format=qcow2'], "-drive format= 'qcow2' is not supported (supported: raw)"],
    [['-drive', 'file=x,if=ide'], "-drive if= 'ide' is not supported (supported: virtio, none, pflash)"],
    [['-blockdev', 'qcow2,node-name=d,file=f'], "-blockdev driver= 'qcow2' is not supported (supported: file, raw)"],
    [['-blockdev', 'raw,node-name=d,file=f'], "there is no -blockdev with the node-name 'f' before it"],
    [['-blockdev', '{"driver":"file"}'], 'JSON is not supported'],
    [['-drive', 'file=x,if=none'], "parameter 'id' is missing"],
    [['-drive', 'file=x,if=pflash,unit=2'], 'the board has flash units 0 and 1'],
    [['-drive', 'file=x,if=pflash', '-bios', 'y'], 'the first flash bank has both'],
    [[...DISK, '-device', 'virtio-blk-pci,drive=d'], "the drive 'd' is in use by another device"],
    [[...DISK, '-drive', 'file=disk.img,if=pflash'], 'two devices would write to disk.img: give one of them snapshot=on'],
    [['-device', 'virtconsole,chardev=c'], 'there is no -device virtio-serial-device for it'],
    [['-device', 'virtio-serial-device', '-device', 'virtconsole,chardev=c'], "there is no -chardev with the id 'c'"],
    [['-device', 'virtio-serial-device', '-chardev', 'stdio,id=c', '-device', 'virtconsole,chardev=c'], 'give -serial none'],
    [['-chardev', 'socket,id=c'], "-chardev 'socket' is not supported: the console is on the terminal (supported: stdio, null, file)"],
    [['-global', 'pflash.x=1'], "-global 'pflash.x=1' is not supported"],
    [['-netdev', 'user,id=n', ...CARD, ...CARD], 'only one network card is supported'],
    [['-device', 'virtio-net-device,netdev=n1'], "there is no -netdev with the id 'n1'"],
    [['-device', 'virtio-net-device,netdev=n0,mac=01:00:00:00:00:00'], "'01:00:00:00:00:00' is not an Ethernet address"],
    [['-device', 'loader,addr=0x40000000'], 'with addr= alone, give cpu-num=0'],
    [['-device', 'loader,cpu-num=0'], 'give file=, data= or addr='],
    [['-device', 'loader,addr=0x40000000,data=1'], "'data' and 'data-len' go together"],
    [['-device', 'loader,addr=0x40000000,data=1,data-len=9'], "'data-len' is 1 to 8"],
    [
      ['-device', 'loader,file=x,addr=0x40000000,cpu-num=1'],
      'cpu-num=1 is not supported: processor 0 is started by it, and the others by PSCI',
    ],
    [['-device', 'loader,file=x,addr=0x1000'], '0x1000 is not in RAM'],
    [['-netdev', 'tap,id=n'], "-netdev 'tap' is not supported (supported: user)"],
    [['-netdev', 'user,id=n,guestfwd=tcp::22-:22'], "'guestfwd' is not supported: the machine's network is inside this process"],
    [['-netdev', 'user,id=n,tftp=/srv'], "'tftp' is not supported"],
    [
      ['-netdev', 'user,id=n,hostfwd=tcp:0.0.0.0:8080-:80'],
      "hostfwd= listens on this computer only, as a guest is not to be trusted with a network: give 127.0.0.1, not '0.0.0.0'",
    ],
    [['-netdev', 'user,id=n,hostfwd=tcp:8080'], "hostfwd= is such as tcp:127.0.0.1:8080-:80, not 'tcp:8080'"],
    [['-netdev', 'user,id=n,hostfwd=tcp::0-:80'], '0 is not a port'],
    [['-netdev', 'user,id=n,net=10.1.0.0'], "net= is a network such as 10.0.2.0/24, not '10.1.0.0'"],
    [['-netdev', 'user,id=n,net=10.1.0.0/30'], 'a prefix of 4 to 29 bits'],
    [['-netdev', 'user,id=n,dns=10.0.3.3'], 'the address of dns is not in the network'],
    [['-netdev', 'user,id=n,host=10.0.2.15'], 'must be different addresses'],
    [['-netdev', 'user,id=n,ipv6=on'], "'ipv6' is always off"],
    [['-nic', 'user,model=e1000'], "-nic model= 'e1000' is not supported (supported: virtio, virtio-net-pci)"],
    [['-nic', 'user', '-netdev', 'user,id=n', ...CARD], 'only one network card is supported'],
    [['-netdev', 'user,'], 'there is nothing before or after a comma'],
    [['-serial', 'pty'], "-serial 'pty' is not supported: a process of this kind cannot open one (supported: mon:stdio, stdio"],
    [['-serial', 'null', '-serial', 'null'], 'the board has one serial port'],
    [['-serial', 'chardev:c'], "there is no -chardev with the id 'c'"],
    [['-serial', 'stdio', '-monitor', 'stdio'], 'cannot be both the serial port and the monitor'],
    [['-monitor', 'stdio'], 'the terminal is the serial port already: give -serial none'],
    [['-rtc', 'base=today'], "-rtc base= 'today' is not supported (supported: utc, localtime, 2006-06-17"],
    [['-icount', 'shift=3'], "-icount shift= '3' is not supported (supported: 0, auto)"],
    [['-icount', '0,rr=record,rrfile=f'], "'rr' is not supported: runs of the same -seed and input repeat"],
    [['-accel', 'kvm'], "-accel 'kvm' is not supported (supported: tcg)"],
    [['-semihosting-config', 'enable=on,target=gdb'], "target= 'gdb' is not supported (supported: native, auto)"],
  ])('refuses %j', (args, message) => {
    const parse = (): unknown => parseQemuOptions([...BARE, ...args]);
    expect(parse).toThrow(QemuOptionError);
    expect(parse).toThrow(message);
  });

  it('refuses none of the options that it says are supported', () => {
    const message = (args: string[]): string => {
      try {
        parseQemuOptions(args);
        return '';
      } catch (error) {
        return String(error);
      }
    };
    const supported = /\(supported: (.*)\)$/.exec(message(['-tilt']))![1]!.split(', ');
    expect(supported.length).toBeGreaterThan(30);
    expect(supported.filter((option) => message([option, 'x']).includes(`${option} is not supported:`))).toEqual([]);
  });

  it.each([
    [[], 'no machine given'],
    [['-M', 'virt'], 'nothing to boot'],
    [['-M', 'virt', '-initrd', 'x'], '-initrd only goes with -kernel'],
  ])('misses what is missing from %j', (args, message) => {
    expect(() => parseQemuOptions(args)).toThrow(message);
  });

  it('makes the machine from the files', () => {
    const files: Record<string, Uint8Array> = { 'loader.img': Uint8Array.of(1, 2) };
    const machine = assembleMachine(parseQemuOptions(TUTORIAL.split(' ')), { read: (file) => files[file]! }, 9, 'simulated');
    expect(machine).toEqual({
      ramSize: 2 ** 31,
      virtualization: true,
      network: { mac: '52:55:00:d1:55:01' },
      seed: 9,
      pacing: 'simulated',
      loaders: [{ bytes: Uint8Array.of(1, 2), address: 0x7000_0000, setsEntry: true }],
    });
    const high = parseQemuOptions(['-M', 'virt', '-device', 'loader,file=loader.img,addr=0x48000000,cpu-num=0']);
    expect(() => assembleMachine(high, { read: (file) => files[file]! }, 9, 'simulated')).toThrow('past the end of RAM: give more with -m');
  });
});
