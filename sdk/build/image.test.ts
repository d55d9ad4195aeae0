import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiagnosticError } from '../diagnostic.js';
import { toolIdentity } from './image.js';
import { readSystem } from '../tool/read.js';
import { buildWithSdkTool, type SdkToolRequest } from './sdk-tool.js';

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'image test-'));
  for (const name of ['bin', 'scratch', 'programs']) mkdirSync(at(name));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Stands for the tool of a real SDK, which says what 2.0.1 says. */
function tool(script: string): void {
  writeFileSync(at('bin', 'microkit'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

const request = (): SdkToolRequest => ({
  systemFile: '/my/one.system',
  sdk: folder,
  config: 'release',
  programs: new Map([['one.elf', at('programs', 'one.elf')]]),
  sourceDirs: ['/my/sources'],
});

test("the SDK's tool gets the command line of Microkit, and its files are taken", async () => {
  tool(
    'echo "WARNING: unused memory region \'x\'"; printf "%s\\n" "$@" > args; printf image > loader.img; printf "$MICROKIT_SDK" > report.txt',
  );
  const built = await buildWithSdkTool(request(), at('scratch'));
  expect(Buffer.concat(built.image).toString()).toBe('image');
  expect(built.report).toBe(folder);
  expect(built.warnings).toEqual([{ severity: 'warning', file: '/my/one.system', message: "unused memory region 'x'" }]);
  expect(readFileSync(at('scratch', 'args'), 'utf8').trim().split('\n')).toEqual([
    '/my/one.system',
    '--search-path',
    at('programs'),
    '/my/sources',
    '--board',
    'qemu_virt_aarch64',
    '--config',
    'release',
    '-o',
    at('scratch', 'loader.img'),
    '-r',
    at('scratch', 'report.txt'),
  ]);
});

test.each([
  [
    "Error: invalid attribute 'id' on element 'virtual_machine': wordle.system:65:9",
    { line: 65, column: 9, message: "invalid attribute 'id' on element 'virtual_machine'" },
  ],
  [
    "Error: invalid memory region name 'foos' on 'map' @ a.system:7:3",
    { line: 7, column: 3, message: "invalid memory region name 'foos' on 'map'" },
  ],
  ['Error: at least one protection domain must be defined', { message: 'at least one protection domain must be defined' }],
  ['something of its own', { message: 'something of its own' }],
  ["Cap type: 'gerbils' is not supported at 'a.system:16:13'", { line: 16, column: 13, message: "Cap type: 'gerbils' is not supported" }],
])('its complaint becomes a diagnostic: %s', async (line, expected) => {
  tool(`cat >&2 <<'END'\n${line}\nEND\nexit 1`);
  const error = await buildWithSdkTool(request(), at('scratch')).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DiagnosticError);
  expect((error as DiagnosticError).diagnostics).toEqual([{ severity: 'error', file: '/my/one.system', ...expected }]);
});

test('another tool is another identity', async () => {
  tool('true');
  const before = await toolIdentity(folder, false);
  tool('true # longer');
  expect(await toolIdentity(folder, false)).not.toBe(before);
});

test.each([
  [
    'internal error: entered unreachable code: internal bug: object names must be unique! pud_linux',
    /pud_linux: .*virtual machine must not be/,
  ],
  ['no entry found for key', /_root/],
  ['range start index 4096 out of range for slice of length 100', /leave its size out/],
  ['range end index 4097 out of range for slice of length 4096', /64 virtual CPUs/],
  ['something else', /fault of the tool/],
])('a panic that our own reader knows nothing of: %s', async (said, hint) => {
  tool(`cat >&2 <<'END'\nthread 'main' panicked at builder.rs:1:1:\n${said}\nEND\nexit 101`);
  const error = await buildWithSdkTool(request(), at('scratch')).catch((reason: unknown) => reason);
  expect((error as DiagnosticError).diagnostics[0]?.hint).toMatch(hint);
});

test('a panic of the tool is shown whole, with what our own reader says', async () => {
  const said = "\nthread 'main' panicked at src/sdf.rs:12:3:\ncalled `Result::unwrap()` on an `Err` value\nnote: run with RUST_BACKTRACE=1";
  tool(`cat >&2 <<'END'\n${said}\nEND\nexit 101`);
  const refusal = new DiagnosticError('SystemDescriptionError', [
    { severity: 'error', file: 'x', line: 4, message: 'no number', hint: 'write 4' },
  ]);
  const error = await buildWithSdkTool({ ...request(), refusal }, at('scratch')).catch((reason: unknown) => reason);
  expect((error as DiagnosticError).diagnostics[0]).toMatchObject({
    message: `the tool of this SDK broke off:${said}`,
    hint: "virtbook's own reader says of line 4: no number (write 4)",
  });
});

test('our hint goes with a complaint about the same line, and with no other', async () => {
  const refusal = new DiagnosticError('SystemDescriptionError', [
    { severity: 'error', file: 'x', line: 7, column: 9, length: 3, message: 'ours', hint: 'write foo' },
  ]);
  const complaint = async (line: number): Promise<unknown> => {
    tool(`echo "Error: theirs: a.system:${line}:3" >&2; exit 1`);
    const error = await buildWithSdkTool({ ...request(), refusal }, at('scratch')).catch((reason: unknown) => reason);
    return (error as DiagnosticError).diagnostics[0];
  };
  expect(await complaint(7)).toMatchObject({ message: 'theirs', line: 7, column: 9, hint: 'write foo' });
  expect(await complaint(8)).toEqual({ severity: 'error', file: '/my/one.system', line: 8, column: 3, message: 'theirs' });
});

test('descriptions in the form of before: what to write with the SDK of today', async () => {
  const system = readSystem(
    `<system>
  <protection_domain name="server" priority="200" pp="true"><program_image path="s.elf" /></protection_domain>
  <protection_domain name="client" priority="100">
    <program_image path="c.elf" />
    <virtual_machine name="linux" id="3"></virtual_machine>
  </protection_domain>
  <channel><end pd="server" id="1" /><end pd="client" id="2" /></channel>
</system>`,
    'one.system',
  );
  const complaint = async (line: string): Promise<unknown> => {
    tool(`echo "Error: ${line}" >&2; exit 1`);
    const error = await buildWithSdkTool({ ...request(), system }, at('scratch')).catch((reason: unknown) => reason);
    return (error as DiagnosticError).diagnostics[0];
  };
  expect(await complaint("invalid attribute 'pp' on element 'protection_domain': one.system:2:3")).toMatchObject({
    line: 2,
    sourceLine: expect.stringContaining('name="server"') as string,
    hint: expect.stringContaining('take pp away here, and write <end pd="client" id="2" pp="true" />.') as string,
  });
  expect(await complaint("invalid attribute 'id' on element 'virtual_machine': one.system:5:5")).toMatchObject({
    hint: expect.stringContaining('write <vcpu id="3" /> inside') as string,
  });
  expect(await complaint("invalid attribute 'id' on element 'protection_domain': one.system:2:3")).not.toHaveProperty('hint');
});

test('a tool of 2.1 or newer is asked for what it sets up', async () => {
  const elf = at('board', 'qemu_virt_aarch64', 'release', 'elf');
  mkdirSync(elf, { recursive: true });
  writeFileSync(join(elf, 'initialiser.elf'), '');
  tool('touch loader.img report.txt; while [ "$1" != --capdl-json ]; do shift; done; printf "{}" > "$2"');
  expect(await buildWithSdkTool(request(), at('scratch'))).toMatchObject({ capdl: '{}' });
});
