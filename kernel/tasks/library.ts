/** What modules with checks import as `virtbook/tasks`. */
export type { DomainModel, Reach, SystemModel } from '../session/system-model.js';
export type { FindingKind } from '../explain/finding.js';
export type { MachineEvent, MachineEventKind, NetworkFrame } from '../session/trace-model.js';
export type { MachineSymbol } from '../session/domain-memory.js';
export type { EventFilter, EventPattern } from './events.js';
export { CheckFailure, type EachEvent, expect, type ExpectedEvents, type ExpectedValue, fail, type FoundEvents } from './expect.js';
export type { ExpectedMachine } from './expect-machine.js';
export type { Check, CheckedMachine, CheckedRun, TaskModule } from './machine.js';
export type { Time } from './times.js';
