/** The thread that a machine lives in. */
import { createHash } from 'node:crypto';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import type { ServerPort } from '../server/port.js';
import type { MachineRequest } from '../server/protocol.js';
import { portableMaker } from '../server/portable-code.js';
import { MachineServer } from '../server/server.js';
import { BackgroundTranslation } from './background-translation.js';
import { buildId, codeMaker, loadCoreModules } from './core-modules.js';
import { prepareEngine } from './engine.js';
import { engineCode, KeptModules } from './engine-code.js';
import { collectGarbage } from './garbage.js';
import { machineFiles } from './machine-files.js';
import type { ThreadData } from './machine-threads.js';

function serverPort(port: MessagePort): ServerPort {
  return {
    send: (event, transfer) => port.postMessage(event, transfer),
    receive: (listener) => void port.on('message', (request: MachineRequest) => listener(request)),
    schedule: (action, milliseconds) => void (milliseconds > 0 ? setTimeout(action, milliseconds) : setImmediate(action)),
  };
}

if (!parentPort) throw new Error('the machine runs in a worker thread');
const { keptEngineCode } = (workerData ?? {}) as ThreadData;
const kept = new KeptModules(codeMaker({ features: prepareEngine() }), keptEngineCode);
/** Compiled while the owner gets its first request ready. */
const modules = loadCoreModules((bytes) => kept.compile(bytes));
const translation = new BackgroundTranslation(modules.features);
new MachineServer({
  port: serverPort(parentPort),
  modules,
  translation: () => translation.forget(),
  codeMaker: () => codeMaker(modules),
  portableMaker: () => portableMaker(buildId()),
  engine: keptEngineCode === undefined ? undefined : engineCode,
  codeLeft: (whole) => kept.keep(whole),
  load: require,
  files: machineFiles,
  collect: collectGarbage,
  sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
});
