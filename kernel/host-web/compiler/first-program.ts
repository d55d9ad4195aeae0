/** A program that the compiler's machine compiles before it is needed: what its programs do is translated then, and it has the SDK's headers. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { boardDir } from '../../../sdk/build/board.js';
import { LINK_FLAGS } from '../../../sdk/build/components.js';
import { PROGRAM_FLAGS } from '../../../sdk/build/project.js';
import type { Toolchain } from '../../../sdk/toolchain/toolchain.js';
import { SDK } from '../../site/places.js';

const FOLDER = '/compiler/first';
const PROGRAM = `#include <microkit.h>

void init(void)
{
    microkit_dbg_puts("");
}

void notified(microkit_channel channel)
{
    microkit_notify(channel);
}
`;

export async function firstProgram(toolchain: Toolchain): Promise<void> {
  const board = boardDir(SDK, 'debug');
  const [source, output] = [join(FOLDER, 'first.c'), join(FOLDER, 'first.o')];
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(source, PROGRAM);
  await toolchain.compile({
    source,
    output,
    flags: PROGRAM_FLAGS,
    systemIncludeDirs: [join(board, 'include')],
    dependencyFile: `${output}.d`,
  });
  await toolchain.link({
    objects: [output],
    libraries: [join(board, 'lib', 'libmicrokit.a')],
    script: join(board, 'lib', 'microkit.ld'),
    output: join(FOLDER, 'first.elf'),
    flags: LINK_FLAGS,
  });
}
