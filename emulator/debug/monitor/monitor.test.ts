import { MonitorCommands } from './commands.js';
import { FakeView } from './fake-view.js';

function monitor(): { view: FakeView; ask: (line: string) => string } {
  const view = new FakeView();
  const commands = new MonitorCommands(view);
  return { view, ask: (line) => commands.execute(line) };
}

test('memory in all formats', () => {
  const { view, ask } = monitor();
  view.memory.set([0xd0, 0x0d, 0xfe, 0xed, 0x00, 0x10, 0x00, 0x00, 0x27, 0x5c, 0x41, 0x0a]);
  expect(ask('x /3xw 0')).toBe('0000000000000000: 0xedfe0dd0 0x00001000 0x0a415c27\n');
  // What is not said is as it was before, but for the count.
  expect(ask('x 4')).toBe('0000000000000004: 0x00001000\n');
  expect(ask('x/9b 0')).toBe('0000000000000000: 0xd0 0x0d 0xfe 0xed 0x00 0x10 0x00 0x00\n0000000000000008: 0x27\n');
  expect(ask('x /2dh 0')).toBe('0000000000000000:  3536 60926\n');
  expect(ask('x /2uw 0')).toBe('0000000000000000: 3992849872       4096\n');
  expect(ask('x /2oh 0')).toBe('0000000000000000:  06720 0166776\n');
  expect(ask('x /gd 0')).toBe('0000000000000000:       17596178894288\n');
  expect(ask('x /4cb 8')).toBe("0000000000000008: '\\'' '\\\\' 'A' '\\n'\n");
  expect(ask('xp /1xw 0x8000')).toBe('0000000000008000: 0xedfe0dd0\n');
  expect(ask('x /2xg 0x20000')).toBe('0000000000020000: Cannot access memory\n');
  expect(ask('x /3xg 0xfff0')).toBe('000000000000fff0: 0x0000000000000000 0x0000000000000000\n0000000000010000: Cannot access memory\n');
});

test('instructions, to the end of what can be read', () => {
  const { view, ask } = monitor();
  view.memory.set([0x22, 0x40, 0, 0x91, 0xc0, 0x03, 0x5f, 0xd6], 0xfff8);
  expect(ask('x/3i 0xfff8')).toBe(
    '0x0000fff8:  91004022  add      x2, x1, #0x10\n0x0000fffc:  d65f03c0  ret\n0x00010000:  Cannot access memory\n',
  );
});

test('expressions', () => {
  const { ask } = monitor();
  expect(ask('print 5+5')).toBe('0xa\n');
  expect(ask('p /d 2*3+4&7')).toBe('10\n');
  expect(ask('p -(0x10 - 010) / 3')).toBe('-2\n');
  expect(ask('p /x $pc + 4')).toBe('0x1004\n');
  expect(ask('p $X0')).toBe('0xffffffffffffffff\n');
  expect(ask('p 0')).toBe('0\n');
  expect(ask("p /c 'a' + 1")).toBe("'b'\n");
  expect(ask('p /u ~0')).toBe('18446744073709551615\n');
});

test('what cannot be done is said in one line', () => {
  const { ask } = monitor();
  const said: [string, string][] = [
    ['x', 'unexpected end of expression'],
    ['x /4zz 0', "invalid char in format: 'z'"],
    ['x (5', "')' expected"],
    ['p 1/0', 'division by zero'],
    ['p 5 5', "extraneous characters at the end of line: '5'"],
    ['p $foo', "unknown register '$foo'"],
    ['p zz', "invalid char 'z' in expression"],
    ['x /99999999xg 0', 'at most 65536 bytes at once'],
    [`p ${'('.repeat(10_000)}`, 'expression too deep'],
    ['p 089', "invalid number '089': a 0 at the front makes it octal"],
    ['info registers 2', 'CPU#2 not available'],
    ['info mtree -x', 'mtree: unsupported option -x'],
  ];
  for (const [line, message] of said) expect(ask(line)).toBe(`${message}\nTry "help ${line.split(' ')[0]!}" for more information\n`);
  expect(ask('cpu 2')).toBe('invalid CPU index\n');
  expect(ask('toString')).toBe("unknown command: 'toString' (help lists the commands)\n");
  expect(ask('help toString')).toBe("unknown command: 'toString' (help lists the commands)\n");
});

test('help, and what the machine is', () => {
  const { view, ask } = monitor();
  expect(ask('help xp')).toBe("xp /fmt addr -- physical memory dump starting at 'addr'\n");
  expect(ask('?')).toContain('\ninfo subcommand -- ');
  expect(ask('info')).toContain('info qtree -- ');
  expect(ask('help info mtree')).toBe('info mtree [-f] -- show what answers at which physical address\n');
  expect(ask('info cpus')).toBe('* CPU #0: pc=0x0000000000001000 EL1 halted\n  CPU #1: pc=0x0000000000001000 EL1 off\n');
  ask('cpu 1');
  expect(ask('info registers')).toBe('\nCPU#1\nregisters of 1\n');
  expect(ask('info registers -a')).toBe('\nCPU#0\nregisters of 0\n\nCPU#1\nregisters of 1\n');
  expect(ask('info mtree')).toBe(
    'address-space: memory\n  0000000009000000-0000000009000fff (prio 0, i/o): pl011\n  0000000040000000-00000000401fffff (prio 0, ram): mach-virt.ram\n',
  );
  expect(ask('info network')).toBe('');
  view.options = {
    ...view.options,
    network: { mac: '52:54:00:12:34:56' },
    devices: [{ kind: 'entropy', pci: true }],
    networkSettings: { network: '192.168.4.0', prefix: 22 },
  };
  expect(ask('info network')).toContain(
    'net=192.168.4.0/22,restrict=on\n    host=192.168.6.2,dns=192.168.6.3,leases=192.168.6.15-192.168.6.30\n',
  );
  expect(ask('info qtree')).toContain(
    'bus: virtio-mmio-bus.31\n      type virtio-mmio-bus\n      dev: virtio-net-device, id ""\n        mac = "52:54:00:12:34:56"\n',
  );
  expect(ask('info qtree')).toContain('dev: virtio-rng-pci, id ""\n        addr = 01.0\n');
});
