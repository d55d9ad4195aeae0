import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiagnosticError } from '../diagnostic.js';
import { readSystem } from '../tool/index.js';
import { buildWithSdkTool, toolIdentity, type ImageRequest } from './image.js';

const SYSTEM = '<system><protection_domain name="one"><program_image path="one.elf" /></protection_domain></system>';

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

const request = (): ImageRequest => ({
  system: readSystem(SYSTEM, '/my/one.system'),
  systemFile: '/my/one.system',
  sdk: folder,
  config: 'release',
  programs: new Map([['one.elf', at('programs', 'one.elf')]]),
});

test("the SDK's tool gets the command line of Microkit, and its files are taken", async () => {
  tool(
    'echo "WARNING: unused memory region \'x\'"; printf "%s\\n" "$@" > args; printf image > loader.img; printf "$MICROKIT_SDK" > report.txt',
  );
  const built = await buildWithSdkTool(request(), at('scratch'));
  expect(Buffer.from(built.image).toString()).toBe('image');
  expect(built.report).toBe(folder);
  expect(built.warnings).toEqual([{ severity: 'warning', file: '/my/one.system', message: "unused memory region 'x'" }]);
  expect(readFileSync(at('scratch', 'args'), 'utf8').trim().split('\n')).toEqual([
    '/my/one.system',
    '--search-path',
    at('programs'),
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
  ["thread 'main' panicked", { message: "thread 'main' panicked" }],
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
