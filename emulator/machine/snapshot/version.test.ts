import type { State, StateValue } from '../../devices/snapshotable.js';
import { memoryStorage } from '../../devices/storage.js';
import { loadCoreModules } from '../../host-node/core-modules.js';
import type { MachineOptions } from '../options.js';
import { MachineRunner } from '../runner.js';
import { describeMachine } from './description.js';
import { SNAPSHOT_VERSION } from './format.js';
import { sha256 } from './sha256.js';

/** What each version of the format saves: a digest of the names and kinds of all fields. */
const SAVED: Readonly<Partial<Record<number, string>>> = {
  5: 'a602c6f91d514a04789241a8f7ffc7f45c040c914dd13e330a25533abc22e849',
  6: 'abf4c90efb9270da03e803c2b5ed9269e02a053489ae5c04b1c49e5a0b9663e7',
};

const kindOf = (value: StateValue | undefined): string =>
  value === undefined ? 'absent' : value instanceof Uint8Array ? 'bytes' : Array.isArray(value) ? 'list' : typeof value;

/** `path kind`, of a value and all that is in it; elements of a list are alike. */
function* fieldsOf(value: StateValue | undefined, path: string): Generator<string> {
  const kind = kindOf(value);
  yield `${path} ${kind}`;
  if (kind === 'list') for (const each of value as readonly StateValue[]) yield* fieldsOf(each, `${path}[]`);
  if (kind === 'object') for (const [field, each] of Object.entries(value as State)) yield* fieldsOf(each, `${path}.${field}`);
}

const bytes = new Uint8Array(4096);
/** A machine with a part of every kind. */
const everything: MachineOptions = {
  ramSize: 2 ** 28,
  virtualization: true,
  processors: 2,
  topology: { sockets: 1, clusters: 1, cores: 2, threads: 1 },
  loaders: [{ bytes, address: 0x4800_0000, setsEntry: false, guest: { kind: 'kernel', commandLine: 'a' } }],
  linux: { kernel: bytes, initrd: bytes, commandLine: 'b' },
  network: { mac: '52:54:00:12:34:56' },
  networkSettings: { hostName: 'guest' },
  networkHosts: [
    {
      createHost: ({ http, text, random }) => ({
        names: ['host'],
        tcp: new Map([[80, http(() => text(200, 'c'))]]),
        memory: random(),
      }),
    },
  ],
  devices: [false, true].flatMap((pci) => [
    { pci, kind: 'block' as const, storage: { ...memoryStorage(2 ** 20), readOnly: true }, serial: 'd' },
    { pci, kind: 'entropy' as const, slot: pci ? undefined : 3 },
    { pci, kind: 'console' as const },
  ]),
  flash: [{ content: bytes }, undefined],
  pcie: 'high',
  startDate: 0,
  semihosting: { commandLine: 'e' },
  seed: 1,
  pacing: 'simulated',
};

test('what is saved of a machine changes with the version of the format, and never without', () => {
  const runner = new MachineRunner(everything, loadCoreModules(), () => undefined);
  const saved = { description: describeMachine(everything), machine: runner.saveState() };
  const fields = [...new Set(fieldsOf(saved, 'snapshot'))].sort().join('\n');
  // Another digest here: raise SNAPSHOT_VERSION in format.ts, and write it and the digest into SAVED.
  expect({ [SNAPSHOT_VERSION]: sha256(new TextEncoder().encode(fields)) }).toEqual({ [SNAPSHOT_VERSION]: SAVED[SNAPSHOT_VERSION] });
});
