/** The machine in Node, for others: `virtbook/emulator`. */
export { restoreMachine, restoreMachineFile, startMachine, type ThreadSettings } from './host-node/client.js';
export { hostEnvironment } from './network/host-module.js';
export * from './server/api.js';
