/** What owners of machines may know, in Node and in a browser: the library's common part. */
export type { BlockBackend } from '../devices/storage.js';
export { SnapshotError, StateReader, type Snapshotable, type State, type StateValue } from '../devices/snapshotable.js';
export type { Observation, Observed, Place, RunEvent, Sample, SpaceInForce } from '../debug/observation.js';
export type { AddressRange, TraceItem, TraceRequest } from '../debug/tracer.js';
export type { FlashOptions, GuestModule, LoaderImage, MachineOptions, StorageModule, VirtioDeviceOptions } from '../machine/options.js';
export type { Oddity } from '../machine/oddities.js';
export { SnapshotMismatch, type DescribedOption, type RestoreOptions } from '../machine/snapshot/description.js';
export type { MachineStatus, RegisterFile, RunLimit, StopReason } from '../machine/status.js';
export type { GuestEvent, HostAction } from '../network/host-forwarding.js';
export type { CreateHost, HostEnvironment, HostFactory, HostModule, RandomNumbers } from '../network/host-module.js';
export type { HttpHandler, HttpResponse } from '../network/http-server.js';
export type { HttpRequest } from '../network/http-request.js';
export type { NetworkSettings } from '../network/settings.js';
export type { TcpService, VirtualHost } from '../network/virtual-host.js';
export type { StartSettings } from './client.js';
export type { DebugClient, DebugConnection, Machine } from './machine.js';
