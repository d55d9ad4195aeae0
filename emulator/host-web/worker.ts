/** The worker that a machine lives in. */
import type { TranslationService } from '../cpu/translator/service.js';
import type { ServerPort } from '../server/port.js';
import type { MachineRequest } from '../server/protocol.js';
import { MachineServer } from '../server/server.js';
import { BackgroundTranslation } from './background-translation.js';
import { loadCoreModules } from './core-modules.js';
import { ForgottenImages } from './forgotten-images.js';
import { HostModules } from './host-modules.js';
import { holdLifeline } from './lifeline.js';
import type { WorkerSettings } from './prepared-worker.js';
import { StorageFiles } from './storage-files.js';

/** Turns of the event loop without the milliseconds that a browser puts between timers. */
function makeSchedule(): ServerPort['schedule'] {
  const due: (() => void)[] = [];
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => due.shift()?.();
  return (action, milliseconds) => {
    if (milliseconds > 0) return void setTimeout(action, milliseconds);
    due.push(action);
    port2.postMessage(undefined);
  };
}

holdLifeline();
const hostModules = new HostModules();
let listener: (request: MachineRequest) => void | Promise<void> = () => undefined;

async function startServer({ core, forgetful = false }: WorkerSettings): Promise<void> {
  const { modules, maker, portableMaker } = core ?? (await loadCoreModules());
  // The first is there before it is asked for: its script is loaded meanwhile.
  let ready: TranslationService | undefined = new BackgroundTranslation(modules.features);
  const files = new StorageFiles(() => navigator.storage.getDirectory(), forgetful);
  new MachineServer({
    port: {
      send: (event, transfer = []) => postMessage(event, [...transfer]),
      receive: (wanted) => (listener = wanted),
      schedule: makeSchedule(),
    },
    modules,
    translation() {
      const translation = ready ?? new BackgroundTranslation(modules.features);
      ready = undefined;
      return translation;
    },
    codeMaker: () => maker,
    portableMaker: () => portableMaker,
    load: hostModules.get,
    forgetful,
    files,
  });
  const served = listener;
  const images = forgetful ? new ForgottenImages() : undefined;
  listener = (request) => files.during(request, () => (images ? images.during(request, () => void served(request)) : served(request)));
}

/** Requests are heard one after the other, when all that they need is there. */
let heard: Promise<unknown> | undefined;
onmessage = ({ data }: MessageEvent<MachineRequest | WorkerSettings>) => {
  if (!heard) return void (heard = startServer(data as WorkerSettings).catch(failed));
  const request = data as MachineRequest;
  heard = heard
    .then(() => hostModules.prepare(request))
    .then(() => listener(request))
    .catch(failed);
};

/** As an error of the worker's: so its owner hears of it. */
const failed = (error: unknown): void => reportError(error);
