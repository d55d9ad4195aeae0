/**
 * gdb-multiarch in a protection domain of part 4, with its symbols and its source: forwards, and back.
 *
 * @peers gdb qemu debian
 * @seconds 15
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSystem } from '../../sdk/build/project.js';
import { packageRoot } from '../../sdk/root.js';
import { ProgramConsole } from '../peers/program-console.js';
import { tutorialArguments } from '../peers/qemu-machine.js';
import { freePort } from '../support/free-port.js';
import { qemuWithWords } from '../support/qemu-with-words.js';
import { gdbWith, requireGdb, TIMEOUT } from './gdb.js';
import { part4Guest } from '../support/guests.js';

const CHAPTER = join(packageRoot(), 'notebooks', 'part4');
let folder: string;
let image: string;
beforeAll(async () => {
  requireGdb();
  folder = mkdtempSync(join(tmpdir(), 'gdb-'));
  const solution = join(CHAPTER, 'solution');
  ({ image } = await buildSystem({
    systemFile: join(solution, 'wordle.system'),
    sourceDirs: [solution, join(CHAPTER, 'sources')],
    outputDir: folder,
    config: 'debug',
    guest: part4Guest,
  }));
}, TIMEOUT);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test(
  'a guess comes to the Wordle server, whose function is stopped in, left, and gone back into',
  async () => {
    const port = await freePort();
    const command = qemuWithWords(...tutorialArguments(image), '-seed', '3', '-gdb', `tcp:127.0.0.1:${port}`);
    const machine = new ProgramConsole(...command);
    try {
      await machine.waitFor('Transfer word', TIMEOUT);
      // Domains have their code at the same addresses: the name says in which the processor is.
      const here = '*(int *) &microkit_name == 0x64726f77';
      const script = [
        `file ${join(folder, 'wordle_server.elf')}`,
        `break judge if ${here}`,
        'continue',
        'printf "judges %c at %d\\n", character, place',
        'printf "in %s\\n", &microkit_name',
        'bt 3',
        'continue',
        'printf "judges %c at %d\\n", character, place',
        'reverse-finish',
        'printf "called on channel %d\\n", channel',
        'reverse-continue',
        'printf "judges %c at %d\\n", character, place',
        'monitor info registers',
        'monitor x /1i $pc',
        'finish',
        'delete',
        'detach',
      ];
      const from = machine.text.length;
      const said = await gdbWith(`127.0.0.1:${port}`, script, 'Breakpoint 1 at', () => machine.type('\rcrane\r'));
      const order = [
        /judges c at 0/,
        /in wordle_server/,
        /#0 +judge \(character=99 'c', place=0\)/,
        /#1 .* in protected \(channel=1, /,
        /#2 .* in handle_events /,
        /judges r at 1/,
        /called on channel 1/,
        /judges c at 0/,
        /\n PC=[0-9a-f]{16} X00=/,
        /0x0020[0-9a-f]{4}: {2}[0-9a-f]{8} {2}\w+/,
        /Value returned is/,
        /detached/,
      ];
      let at = 0;
      for (const each of order) {
        const found = said.slice(at).search(each);
        if (found < 0) throw new Error(`gdb did not say ${String(each)} in its turn:\n${said}`);
        at += found + 1;
      }
      // Let go, the system shows what it thinks of the guess: letters on colours.
      await machine.waitFor(/c.*r.*a.*n.*e.*\x1b\[/s, TIMEOUT, from);
    } finally {
      await machine.stop();
    }
  },
  3 * TIMEOUT,
);
