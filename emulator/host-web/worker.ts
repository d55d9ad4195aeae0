/** The worker that a machine lives in. */
import type { ServerPort } from '../server/port.js';
import type { MachineRequest } from '../server/protocol.js';
import { MachineServer } from '../server/server.js';
import { BackgroundTranslation } from './background-translation.js';
import { loadCoreModules } from './core-modules.js';
import { HostModules } from './host-modules.js';
import { holdLifeline } from './lifeline.js';

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
const core = loadCoreModules();
let listener: (request: MachineRequest) => void = () => undefined;

const server = core.then(
  ({ modules, maker }) =>
    new MachineServer({
      port: {
        send: (event, transfer = []) => postMessage(event, [...transfer]),
        receive: (wanted) => (listener = wanted),
        schedule: makeSchedule(),
      },
      modules,
      translation: () => new BackgroundTranslation(modules.features),
      codeMaker: () => maker,
      load: hostModules.get,
    }),
);

/** Requests are heard one after the other, when all that they need is there. */
let heard: Promise<unknown> = server;
onmessage = ({ data }: MessageEvent<MachineRequest>) => {
  heard = heard
    .then(() => hostModules.prepare(data))
    .then(() => listener(data))
    // As an error of the worker's: so its owner hears of it.
    .catch((error: unknown) => reportError(error));
};
