import { assembleMachine, parseQemuOptions, QemuOptionError } from './qemu-options.js';

const TUTORIAL =
  '-machine virt,virtualization=on -cpu cortex-a53 -serial mon:stdio ' +
  '-device loader,file=loader.img,addr=0x70000000,cpu-num=0 -m size=2G -nographic ' +
  '-netdev user,id=mynet0 -device virtio-net-device,netdev=mynet0,mac=52:55:00:d1:55:01';
const LINUX =
  '-M virt -cpu cortex-a53 -m 256 -nographic -kernel Image -initrd FILE -netdev user,id=n0 -device virtio-net-device,netdev=n0';
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
    [['-hda', 'disk'], '-hda is not supported (supported: -machine, -M, -cpu'],
    [['constructor'], "'constructor' is not an option"],
    [['-constructor'], '-constructor is not supported'],
    [['-M', 'raspi3b'], "-machine 'raspi3b' is not supported (supported: virt)"],
    [['-M', 'virt,secure=on'], "-machine secure= 'on' is not supported (supported: off)"],
    [['-M', 'virt,virtualization=maybe'], "-machine: 'virtualization' is on or off, not 'maybe'"],
    [['-M', 'virt,acpi=off'], "unknown parameter 'acpi' (supported: virtualization, accel, gic-version, secure)"],
    [['-cpu', 'max'], "-cpu 'max' is not supported (supported: cortex-a53)"],
    [['-smp', '4'], "-smp '4' is not supported (supported: 1)"],
    [['-m', '3'], '-m 3: give a multiple of 2 MiB'],
    [['-m', '3G'], '-m 3G: at most 3056M is supported'],
    [['-m', 'lots'], "-m: 'lots' is not a size such as 512M or 2G"],
    [['-m'], '-m needs a value'],
    [['-device', 'virtio-blk-device,drive=d'], "-device 'virtio-blk-device' is not supported (supported: loader, virtio-net-device)"],
    [['-device', 'virtio-net-device,netdev=n1'], "there is no -netdev with the id 'n1'"],
    [['-device', 'virtio-net-device,netdev=n0,mac=01:00:00:00:00:00'], "'01:00:00:00:00:00' is not an Ethernet address"],
    [['-device', 'loader,addr=0x40000000'], "-device loader: parameter 'file' is missing"],
    [['-device', 'loader,file=x,addr=0x40000000,cpu-num=1'], 'there is no processor 1, only 0'],
    [['-device', 'loader,file=x,addr=0x1000'], '0x1000 is not in RAM'],
    [['-netdev', 'tap,id=n'], "-netdev 'tap' is not supported (supported: user)"],
    [['-netdev', 'user,id=n,hostfwd=tcp::22-:22'], "unknown parameter 'hostfwd' (supported: id)"],
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
