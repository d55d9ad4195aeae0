/** What a build warns of is remembered, and found again when anything that it was found from has changed. */
import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeRecord } from '../session/build-record.js';
import { Session } from '../session/session.js';
import { mistakesOf } from './build-mistakes.js';

const unused = async (): Promise<never> => Promise.reject(new Error('not in this test'));
const SYSTEM =
  '<system><protection_domain name="a" priority="3"><program_image path="a.elf"/><irq irq="33" id="1"/></protection_domain></system>';
const program = (channel: string): string =>
  `#include "ids.h"\nvoid init(void) { microkit_notify(${channel}); }\nvoid notified(microkit_channel ch) {}\n`;

let folder: string;
let session: Session;
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
/** Of the same size as before, with its time. */
function writeUnseen(name: string, text: string): void {
  const { size, atime, mtime } = statSync(join(folder, name));
  expect(text).toHaveLength(size);
  write(name, text);
  utimesSync(join(folder, name), atime, mtime);
}
const found = async (): Promise<string[]> => (await mistakesOf(session, 'hello')).map(({ message }) => message);
const INTERRUPT = ["channel 1 of 'a' is interrupt 33: nobody is at its other end"];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'virtbook mistakes '));
  const built = join(folder, '.virtbook', 'hello');
  mkdirSync(built, { recursive: true });
  for (const name of ['loader.img', 'report.txt']) writeFileSync(join(built, name), '');
  write('hello.system', SYSTEM);
  write('a.c', program('1'));
  write('ids.h', '#define CHANNEL 1\n');
  await writeRecord(built, { systemFile: join(folder, 'hello.system'), inputs: {} });
  session = new Session({ folder, services: { build: unused, startMachine: unused, restoreMachine: unused } });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('is looked for once where nothing has changed, and says the same', async () => {
  const first = await mistakesOf(session, 'hello');
  expect(await found()).toEqual(INTERRUPT);
  expect(await mistakesOf(session, 'hello')).toBe(first);
});

test('changes with the source, with a header, and with the description, also where size and time stay', async () => {
  expect(await found()).toEqual(INTERRUPT);
  writeUnseen('a.c', program('2'));
  expect(await found()).toEqual([]);
  write('a.c', program('CHANNEL'));
  expect(await found()).toEqual(INTERRUPT);
  writeUnseen('ids.h', '#define CHANNEL 2\n');
  expect(await found()).toEqual([]);
  writeUnseen('hello.system', SYSTEM.replace('id="1"', 'id="2"'));
  expect(await found()).toEqual(["channel 2 of 'a' is interrupt 33: nobody is at its other end"]);
});

test('changes with a file that was not there', async () => {
  rmSync(join(folder, 'a.c'));
  expect(await found()).toEqual([]);
  write('a.c', program('1'));
  expect(await found()).toEqual(INTERRUPT);
});
