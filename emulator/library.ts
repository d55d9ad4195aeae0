/** The machine in Node, for others: `virtbook/emulator`. */
export { restoreMachine, startMachine } from './host-node/client.js';
export * from './server/api.js';
