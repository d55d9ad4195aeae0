/** Machines in this thread, one after the other or beside each other, of which all translated code is noted. */
import type { CachedBatch } from '../cpu/translator/code-cache.js';
import { CodeRecord } from '../cpu/translator/code-record.js';
import { readCodeCache, writeCodeCache } from '../machine/code-cache-file.js';
import type { MachineOptions } from '../machine/options.js';
import { startAt, type StartSettings } from '../server/client.js';
import type { Machine } from '../server/machine.js';
import type { OwnerPort, ServerPort } from '../server/port.js';
import type { MachineEvent, MachineRequest } from '../server/protocol.js';
import { MachineServer } from '../server/server.js';
import { portableMaker } from '../server/portable-code.js';
import { buildId, loadCoreModules } from './core-modules.js';
import { machineFiles } from './machine-files.js';

export class RecordedMachines {
  private readonly modules = loadCoreModules();
  private readonly record = new CodeRecord();
  /** What machines have made, by its regions and bytes. */
  private readonly batches = new Map<string, CachedBatch>();
  private readonly maker = portableMaker(buildId());

  /** As `startMachine`. When the machine is switched off, its code is noted, and the next one has it. */
  async start(options: MachineOptions, settings?: StartSettings): Promise<Machine> {
    const { owner, server } = joinedPorts();
    const { modules, maker, record } = this;
    new MachineServer({
      port: server,
      modules,
      translation: () => record.service(),
      codeMaker: () => maker,
      load: require,
      files: machineFiles,
    });
    const machine = await startAt(owner, options, settings);
    await machine.useCodeCache?.(writeCodeCache([...this.batches.values()], maker));
    const dispose = machine.dispose.bind(machine);
    machine.dispose = async () => {
      this.note(await machine.codeCache?.().catch(() => undefined));
      await dispose();
    };
    return machine;
  }

  private note(code: Uint8Array | undefined): void {
    const batches = (code && readCodeCache(code, this.maker)?.batches) ?? [];
    for (const batch of batches) this.batches.set(JSON.stringify([batch.regions.map(({ page, digest }) => [page, digest])]), batch);
  }

  /** All of it as one module, for any engine: the module, and a code cache that has the module's place empty. Undefined: there is none. */
  code(): { index: Uint8Array; module: Uint8Array } | undefined {
    const united = this.record.united(this.batches.values());
    return united && { index: writeCodeCache([{ ...united, bytes: new Uint8Array() }], this.maker), module: united.bytes };
  }
}

/** Two ends in one thread. Nothing is copied: who sends something gives it away. */
function joinedPorts(): { owner: OwnerPort; server: ServerPort } {
  let toServer: (request: MachineRequest) => void = () => undefined;
  let toOwner: (event: MachineEvent) => void = () => undefined;
  const later = (action: () => void): void => void setImmediate(action);
  return {
    owner: {
      hasFiles: true,
      send: (request) => later(() => toServer(request)),
      receive: (listener) => (toOwner = listener),
      ended: () => undefined,
      async close() {
        toServer({ type: 'switchOff' });
      },
    },
    server: {
      send: (event) => later(() => toOwner(event)),
      receive: (listener) => (toServer = listener),
      schedule: (action, milliseconds) => void (milliseconds > 0 ? setTimeout(action, milliseconds) : later(action)),
    },
  };
}
