/** Hosts on the machine's network that somebody else brings: the module that makes one, and what the module is given. */
import type { Snapshotable } from '../devices/snapshotable.js';
import { HTTP_PORT, httpService, textResponse, type HttpHandler, type HttpResponse } from './http-server.js';
import { SeededRandom } from './random.js';
import type { TcpService, VirtualHost } from './virtual-host.js';

/**
 * A host that the machine's own thread makes: `module` is a file of JavaScript, whose function `createHost` gets a
 * HostEnvironment and `argument`, and returns a VirtualHost. `argument` is plain data.
 */
export interface HostModule {
  module: string;
  argument?: unknown;
}

/** A host module that has been loaded. Each run makes its own host with it. */
export interface HostFactory {
  createHost: CreateHost;
  argument?: unknown;
}

export type CreateHost = (environment: HostEnvironment, argument: unknown) => VirtualHost;

/**
 * All that a host gets from the machine, so that its module needs to import types only and runs wherever the machine does.
 * A host takes chance from `random` and keeps what it remembers in `VirtualHost.memory`: so runs repeat, and snapshots go on.
 */
export interface HostEnvironment {
  /** The run's seed. */
  readonly seed: number;
  /** Numbers that follow from the run's seed; different labels give different sequences. */
  random(this: void, label?: string): RandomNumbers;
  /** A TCP service that speaks HTTP/1.1 and gives each request to `answer`. Its usual port is `httpPort`. */
  http(this: void, answer: HttpHandler): TcpService;
  readonly httpPort: number;
  /** A response of plain text, in UTF-8. */
  text(this: void, status: number, body: string, headers?: Readonly<Record<string, string>>): HttpResponse;
}

export interface RandomNumbers extends Snapshotable {
  /** The next 32 bits, without a sign. */
  next(): number;
  /** Uniform in 0 .. limit - 1; `limit` from 1 to 2^32. */
  below(limit: number): number;
}

export function isHostModule(host: HostModule | HostFactory): host is HostModule {
  return 'module' in host;
}

/** Turns modules into factories. `load` is how the machine's thread loads a file. Throws an Error that names a module without `createHost`. */
export function loadHosts(hosts: readonly (HostModule | HostFactory)[], load: (module: string) => unknown): HostFactory[] {
  return hosts.map((host) => {
    if (!isHostModule(host)) return host;
    const { createHost } = load(host.module) as Partial<HostFactory>;
    if (typeof createHost !== 'function')
      throw new TypeError(`${host.module} is not a host for the network: it must export a function createHost`);
    return { createHost, argument: host.argument };
  });
}

/** The hosts of one run, in the order of their addresses. */
export function createHosts(hosts: readonly (HostModule | HostFactory)[], seed: number): VirtualHost[] {
  const environment = hostEnvironment(seed);
  return hosts.map((host) => {
    if (isHostModule(host)) throw new TypeError(`the host of ${host.module} has not been loaded`);
    return host.createHost(environment, host.argument);
  });
}

export function hostEnvironment(seed: number): HostEnvironment {
  return {
    seed,
    random: (label) => new SeededRandom(seed, label),
    http: httpService,
    httpPort: HTTP_PORT,
    text: textResponse,
  };
}
