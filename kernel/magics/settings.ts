import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { filesEnding } from '../session/folders.js';
import { parseSeed } from '../session/seed.js';
import { UserError } from '../session/user-error.js';
import { wrongUse } from '../kit/arguments.js';
import { describeSdk } from './body.js';
import { findSdk, knownSdks } from './find-sdk.js';
import type { Magic } from '../kit/magic.js';

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

export const seedMagic: Magic = {
  name: 'seed',
  kind: 'line',
  summary: 'Settles the seeds of the runs to come.',
  details: 'The next %run gets seed N, the one after it N + 1, and so on. `%seed random` draws them again; `%seed` tells.',
  positionals: [{ name: 'N', help: 'a whole number, or `random`', optional: true }],
  examples: ['%seed 7', '%seed random'],
  complete: () => ['random'],
  async execute({ session, cell, args }) {
    const text = args.positionals[0];
    if (text === 'random') session.seeds.set(undefined);
    else if (text !== undefined) {
      const seed = parseSeed(text);
      if (seed === undefined) throw wrongUse(seedMagic, `'${text}' is not a seed: give a whole number, 0 or more`);
      session.seeds.set(seed);
    }
    const next = session.seeds.settled;
    cell.stdout(next === undefined ? 'Each run draws its own seed.\n' : `The next run has seed ${next}.\n`);
  },
};

export const sdkMagic: Magic = {
  name: 'sdk',
  kind: 'line',
  summary: 'Tells which Microkit SDK builds use, or sets another.',
  details: [
    'PATH is a folder as the SDK is unpacked, with bin/microkit and board/, or the version of one that `virtbook sdk fetch` has brought.',
    '`%sdk embedded` goes back to our own.',
  ].join('\n'),
  positionals: [{ name: 'PATH', help: 'a Microkit SDK, its version, or `embedded`', optional: true }],
  examples: ['%sdk', '%sdk ~/microkit-sdk-2.0.1', '%sdk 2.3.0', '%sdk embedded'],
  complete: () => knownSdks(),
  async execute({ session, cell, args }) {
    const [path] = args.positionals;
    if (path !== undefined) session.workspace.sdk = await findSdk(session, path);
    const inUse = describeSdk(session);
    cell.stdout(`Builds use ${inUse === 'embedded' ? 'the embedded one' : inUse}.\n`);
  },
};

export const cdMagic: Magic = {
  name: 'cd',
  kind: 'line',
  summary: 'Changes the working folder.',
  details: 'Files, descriptions and builds go there. Without FOLDER it tells where that is.',
  positionals: [{ name: 'FOLDER', help: 'an existing folder', optional: true }],
  examples: ['%cd hello'],
  complete: (session, index) =>
    index === 0 ? filesEnding(session.workspace.folder, '').filter((name) => isFolder(join(session.workspace.folder, name))) : [],
  async execute({ session, cell, args }) {
    const path = args.positionals[0];
    if (path !== undefined) {
      const folder = session.workspace.resolve(path);
      if (!isFolder(folder)) throw new UserError('FileError', `there is no folder ${path}`);
      session.workspace.folder = folder;
    }
    cell.stdout(`${session.workspace.folder}\n`);
  },
};

export const envMagic: Magic = {
  name: 'env',
  kind: 'line',
  summary: 'Shows or sets environment variables for builds and cells.',
  details: 'virtbook looks at TOOLCHAIN, MICROKIT_SDK, VIRTBOOK_CACHE, VIRTBOOK_SEED and VIRTBOOK_DEBUG.',
  positionals: [{ name: 'NAME=VALUE', help: 'NAME alone shows it', optional: true }],
  examples: ['%env', '%env TOOLCHAIN=aarch64-linux-gnu'],
  async execute({ session, cell, args }) {
    const known = ['TOOLCHAIN', 'MICROKIT_SDK', 'VIRTBOOK_CACHE', 'VIRTBOOK_SEED', 'VIRTBOOK_DEBUG'];
    const [name = '', ...value] = (args.positionals[0] ?? '').split('=');
    if (args.positionals[0]?.includes('=')) {
      if (!/^[A-Za-z_]\w*$/.test(name)) throw wrongUse(envMagic, `'${name}' cannot be the name of a variable`);
      if (value.join('=')) session.services.checkVariable?.(name);
      if (value.join('=')) process.env[name] = value.join('=');
      else delete process.env[name];
    }
    for (const variable of name ? [name] : known) cell.stdout(`${variable}=${process.env[variable] ?? ''}\n`);
  },
};
