import { archiving, compilation, languageOf, linking } from './command-lines.js';

const LOADER = ['/.machine/lib/ld-linux-aarch64.so.1', '--library-path', '/.machine/lib'];

test('a C file: cc1 and as, with options in the order of the driver', () => {
  const request = {
    source: '/my src/a.c',
    output: '/out/a.o',
    includeDirs: ['/inc'],
    systemIncludeDirs: ['/sys'],
    defines: ['X=1'],
    flags: ['-std=gnu17', '-mstrict-align', '-g', '-O0', '-Wall', '-fno-common'],
    dependencyFile: '/out/a.d',
  };
  const [cc1, as] = compilation(request, 'c', '/own');
  expect(cc1?.join(' ')).toBe(
    [
      ...LOADER,
      '/.machine/bin/cc1 -quiet -nostdinc -I /inc -MD /out/a.d -MF /out/a.d -MQ /out/a.o -D _LIBC_LIMITS_H_ -D X=1 -isystem /own -isystem /sys',
      '/my src/a.c -quiet -dumpbase a.c -dumpbase-ext .c -mcpu=cortex-a53 -mno-outline-atomics -mstrict-align -mlittle-endian -mabi=lp64',
      '-g -O0 -Wall -std=gnu17 -ffreestanding -fno-pie -fno-stack-protector -fno-common -fdiagnostics-format=json',
      '-fasynchronous-unwind-tables -o /.machine/tmp/assembly.s',
    ].join(' '),
  );
  expect(as?.join(' ')).toBe(
    [...LOADER, '/.machine/bin/as -I /inc --gdwarf-5 -EL -march=armv8-a+crc -mabi=lp64 -o /out/a.o /.machine/tmp/assembly.s'].join(' '),
  );
});

test('an assembler file is preprocessed first, and one that is preprocessed is not', () => {
  const request = { source: '/a.S', output: '/a.o', flags: ['-g0', '-ffile-prefix-map=/x=/y'] };
  const [cc1, as] = compilation(request, 'assembly', '/own');
  expect(cc1).toEqual(expect.arrayContaining(['-E', '-lang-asm', '/a.S']));
  expect(as).toEqual(expect.arrayContaining(['--debug-prefix-map', '/x=/y', '/.machine/tmp/assembly.s']));
  expect(as).not.toContain('--gdwarf-5');
  expect(compilation({ ...request, source: '/a.s' }, 'preprocessed assembly', '/own')).toEqual([
    [...LOADER, '/.machine/bin/as', '--debug-prefix-map', '/x=/y', '-EL', '-march=armv8-a+crc', '-mabi=lp64', '-o', '/a.o', '/a.s'],
  ]);
});

test('a stage ends where it says, and names its own output', () => {
  const request = { source: '/a.c', output: '/out', dependencyFile: '/d' };
  const [preprocessed, ...none] = compilation({ ...request, stage: 'preprocessed' }, 'c', '/own');
  expect(none).toEqual([]);
  expect(preprocessed?.slice(-2)).toEqual(['-o', '/out']);
  expect(preprocessed).not.toContain('-MQ');
  const [assembly] = compilation({ ...request, stage: 'assembly' }, 'c', '/own');
  expect(assembly?.slice(-2)).toEqual(['-o', '/out']);
  expect(assembly).not.toContain('-E');
});

test('options with a word of their own keep it, and come before those of the request', () => {
  const request = {
    source: '/a.c',
    output: '/a.o',
    includeDirs: ['/inc'],
    flags: ['-isystem', '/first', '-I/glued', '-include', 'x.h', '-DY', '-w'],
  };
  const [cc1, as] = compilation({ ...request, systemIncludeDirs: ['/sys'] }, 'c', '/own');
  expect(cc1?.join(' ')).toContain('-I/glued -I /inc -D _LIBC_LIMITS_H_ -DY -isystem /own -isystem /first -include x.h -isystem /sys /a.c');
  expect(as).toEqual(expect.arrayContaining(['-W', '-I/glued', '-I', '/inc']));
});

test('a drive of Windows is a folder in the machine', () => {
  const words = linking({
    objects: ['C:\\my objects\\a.o'],
    libraries: ['C:\\l.a'],
    script: 'C:\\s.ld',
    output: 'C:\\a.elf',
    flags: ['-static'],
  });
  expect(words.slice(4)).toEqual([
    '-static',
    '-T',
    '/C:/s.ld',
    '-o',
    '/C:/a.elf',
    '/C:/my objects/a.o',
    '--start-group',
    '/C:/l.a',
    '--end-group',
  ]);
  expect(archiving(['/a.o'], '/l.a').slice(4)).toEqual(['rcsD', '/l.a', '/a.o']);
});

test.each([
  ['a.c', 'c'],
  ['a.S', 'assembly'],
  ['a.s', 'preprocessed assembly'],
  ['a.cpp', undefined],
  ['a.C', undefined],
  ['a.rs', undefined],
])('%s is %s', (name, language) => expect(languageOf(name)).toBe(language));
