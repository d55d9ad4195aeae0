import {
  CALL_BADGE,
  CSPACE_RADIX,
  FAULT_BADGE,
  MONITOR_GUARD,
  MONITOR_SLOT,
  ROOT_RADIX,
  SCHEDULING_CONTEXT_BADGE,
  SLOT,
} from './cspace.js';
import { itemAt } from './item.js';
import { needsEndpoint, type ChannelEnd, type ProtectionDomain, type SystemDescription } from './model.js';
import { add, RIGHT, type Capability, type Plan, type Thread } from './plan.js';

/** One protection domain and the objects that belong to it, as indices in the plan. */
interface DomainObjects {
  domain: ProtectionDomain;
  /** In the description; also that of its thread. */
  index: number;
  /** Absent where nobody calls it, and no child or guest has faults. */
  endpoint: number | undefined;
  notification: number;
  reply: number;
  cnode: number;
  /** The first level of its CSpace, where it has capabilities of others. */
  root: number | undefined;
  vspace: number;
  schedulingContext: number;
}

export interface PlannedDomain {
  domain: ProtectionDomain;
  /** Layout has yet to fill in entry, stack pointer and IPC buffer. */
  thread: Thread;
  /** VSpace of its virtual machine. */
  guestSpace: number | undefined;
}

export interface PlannedThreads {
  /** In the order of the description, which is also that of the threads in the plan. */
  domains: PlannedDomain[];
  /** Likewise without what layout fills in. */
  monitor: Thread;
}

/** Decides on every kernel object and every capability of a system. */
export function planObjects(system: SystemDescription, plan: Plan): PlannedThreads {
  const monitorEndpoint = add(plan.endpoints, 'EP: Monitor Fault');
  const objects = system.protectionDomains.map((domain, index) => domainObjects(system, plan, domain, index));
  const threads = objects.map((own) => ({ own, thread: domainThread(own, objects, monitorEndpoint) }));
  plan.threads.push(...threads.map(({ thread }) => thread));
  const domains = threads.map(({ own, thread }) => ({ domain: own.domain, thread, guestSpace: planGuest(plan, own) }));

  if (system.schedule) {
    plan.turns.push(...system.schedule.turns);
    plan.firstTurn = system.schedule.first;
  }
  const capabilities = new Capabilities(plan);
  for (const own of objects) putShared(capabilities, own, objects);
  for (const own of objects) putOwn(plan, capabilities, own, objects, monitorEndpoint);
  for (const { ends } of system.channels) {
    const [a, b] = ends;
    putEnd(capabilities, objects, a, b);
    putEnd(capabilities, objects, b, a);
  }
  return { domains, monitor: planMonitor(plan, capabilities, monitorEndpoint, objects) };
}

function parentOf({ domain }: DomainObjects, objects: readonly DomainObjects[]): DomainObjects | undefined {
  return domain.parent === undefined ? undefined : itemAt(objects, domain.parent);
}

function domainThread(own: DomainObjects, objects: readonly DomainObjects[], monitorEndpoint: number): Thread {
  const { domain, root, cnode, vspace, schedulingContext, notification } = own;
  const parent = parentOf(own, objects);
  return {
    title: `TCB: PD=${domain.name}`,
    name: domain.name,
    entry: 0,
    stackPointer: 0,
    faultEndpoint: parent ? parent.endpoint : monitorEndpoint,
    faultBadge: parent ? FAULT_BADGE | (domain.id ?? 0n) : BigInt(own.index + 1),
    cspace: root ?? cnode,
    vspace,
    schedulingContext,
    notification,
    priority: domain.priority,
    maximumPriority: domain.priority,
    withoutFpu: !domain.fpu,
    domain: domain.domain ?? 0,
  };
}

/** The capabilities of a protection domain that no channel gives it, and its parent's for it. */
function putOwn(
  plan: Plan,
  capabilities: Capabilities,
  own: DomainObjects,
  objects: readonly DomainObjects[],
  monitorEndpoint: number,
): void {
  const { domain, index, cnode, endpoint, notification, reply, vspace } = own;
  if (endpoint === undefined) capabilities.put(cnode, SLOT.input, 'notification', notification, RIGHT.read);
  else capabilities.put(cnode, SLOT.input, 'endpoint', endpoint, RIGHT.read);
  capabilities.put(cnode, SLOT.vspace, 'vspace', vspace, 0);
  capabilities.put(cnode, SLOT.reply, 'reply', reply, 0);
  if (domain.passive) {
    capabilities.put(cnode, SLOT.monitorEndpoint, 'endpoint', monitorEndpoint, RIGHT.write, BigInt(index + 1));
  }
  if (domain.smc) capabilities.put(cnode, SLOT.secureMonitor, 'secureMonitor', 0, 0);
  const parent = parentOf(own, objects);
  if (parent) capabilities.put(parent.cnode, SLOT.childTcb + Number(domain.id ?? 0n), 'tcb', index, 0);
  for (const interrupt of domain.interrupts) {
    const irq = add(plan.irqs, {
      irq: Number(interrupt.irq),
      edge: interrupt.trigger === 'edge',
      notification,
      badge: 1n << BigInt(interrupt.id),
    });
    capabilities.put(cnode, SLOT.irq + interrupt.id, 'irq', irq, 0);
  }
}

/** What `cspace` shares with a protection domain. */
function putShared(capabilities: Capabilities, own: DomainObjects, objects: readonly DomainObjects[]): void {
  const { root, cnode, domain } = own;
  if (root === undefined) return;
  capabilities.put(root, 0, 'cnode', cnode, 0);
  for (const { kind, pd, slot } of domain.shared) {
    const { index, schedulingContext, vspace } = itemAt(objects, pd);
    capabilities.put(root, slot, kind, { tcb: index, schedulingContext, vspace }[kind], 0);
  }
}

/** What one end of a channel may do to the other. */
function putEnd(capabilities: Capabilities, objects: readonly DomainObjects[], from: ChannelEnd, to: ChannelEnd): void {
  const { endpoint, notification } = itemAt(objects, to.pd);
  const { cnode } = itemAt(objects, from.pd);
  if (from.notify) {
    capabilities.put(cnode, SLOT.outputNotification + from.id, 'notification', notification, RIGHT.write, 1n << BigInt(to.id));
  }
  if (from.pp && endpoint !== undefined) {
    const rights = RIGHT.write | RIGHT.grantReply;
    capabilities.put(cnode, SLOT.endpoint + from.id, 'endpoint', endpoint, rights, CALL_BADGE | BigInt(to.id));
  }
}

class Capabilities {
  constructor(private readonly plan: Plan) {}

  put(cnode: number, slot: number, type: Capability['type'], object: number, rights: number, badge = 0n): void {
    this.plan.caps.push({ cnode, slot, type, object, rights, badge });
  }
}

function domainObjects(system: SystemDescription, plan: Plan, domain: ProtectionDomain, index: number): DomainObjects {
  const owner = `PD=${domain.name}`;
  return {
    domain,
    index,
    endpoint: needsEndpoint(system, index) ? add(plan.endpoints, `EP: ${owner}`) : undefined,
    notification: add(plan.notifications, `Notification: ${owner}`),
    reply: add(plan.replies, `Reply: ${owner}`),
    cnode: add(plan.cnodes, { name: `CNode: ${owner}`, radix: CSPACE_RADIX, guard: 0n }),
    root:
      domain.shared.length > 0
        ? add(plan.cnodes, { name: `CNode root: ${owner}`, radix: ROOT_RADIX, guard: 0n, below: 64 - ROOT_RADIX })
        : undefined,
    vspace: add(plan.vspaces, `VSpace: ${owner}`),
    schedulingContext: add(plan.schedulingContexts, {
      name: `SchedContext: ${owner}`,
      budget: domain.budget,
      period: domain.period,
      badge: SCHEDULING_CONTEXT_BADGE + BigInt(index),
    }),
  };
}

/** The virtual CPUs of a protection domain's guest, which share an address space. Their faults go to the protection domain. */
function planGuest(plan: Plan, manager: DomainObjects): number | undefined {
  const machine = manager.domain.virtualMachine;
  if (!machine) return undefined;
  const vspace = add(plan.vspaces, `VSpace: VM=${machine.name}`);
  for (const { id } of machine.vcpus) {
    const schedulingContext = add(plan.schedulingContexts, {
      name: `SchedContext: VM(VCPU-${id})=${machine.name}`,
      budget: machine.budget,
      period: machine.period,
      badge: SCHEDULING_CONTEXT_BADGE + BigInt(plan.schedulingContexts.length),
    });
    const vcpu = plan.vcpus.length;
    const thread = add(plan.threads, {
      title: `TCB: VM(VCPU-${id})=${machine.name}`,
      name: machine.name,
      entry: 0,
      stackPointer: 0,
      faultEndpoint: manager.endpoint,
      faultBadge: FAULT_BADGE | BigInt(id),
      vspace,
      schedulingContext,
      vcpu,
      priority: machine.priority,
      maximumPriority: machine.priority,
      // Whatever its monitor's, as with SDK 2.3.0's tool.
      domain: 0,
    });
    plan.vcpus.push({ name: `VCPU-${id}: VM=${machine.name}`, thread });
    const capabilities = new Capabilities(plan);
    capabilities.put(manager.cnode, SLOT.vmTcb + id, 'tcb', thread, 0);
    capabilities.put(manager.cnode, SLOT.vcpu + id, 'vcpu', vcpu, 0);
  }
  return vspace;
}

function planMonitor(plan: Plan, capabilities: Capabilities, endpoint: number, domains: readonly DomainObjects[]): Thread {
  const cnode = add(plan.cnodes, { name: 'CNode: monitor', radix: CSPACE_RADIX, guard: MONITOR_GUARD });
  const reply = add(plan.replies, 'Reply: monitor');
  capabilities.put(cnode, MONITOR_SLOT.endpoint, 'endpoint', endpoint, RIGHT.read);
  capabilities.put(cnode, MONITOR_SLOT.reply, 'reply', reply, 0);
  if (plan.turns.length > 0) capabilities.put(cnode, MONITOR_SLOT.domainSchedule, 'domainSchedule', 0, 0);
  for (const { index, schedulingContext, notification } of domains) {
    capabilities.put(cnode, MONITOR_SLOT.tcb + index, 'tcb', index, 0);
    capabilities.put(cnode, MONITOR_SLOT.schedulingContext + index, 'schedulingContext', schedulingContext, 0);
    capabilities.put(cnode, MONITOR_SLOT.notification + index, 'notification', notification, RIGHT.read | RIGHT.write);
  }
  const thread: Thread = {
    title: 'TCB: monitor',
    name: 'monitor',
    entry: 0,
    stackPointer: 0,
    faultBadge: 0n,
    cspace: cnode,
    vspace: add(plan.vspaces, 'VSpace: monitor'),
    schedulingContext: add(plan.schedulingContexts, {
      name: 'SchedContext: monitor',
      budget: 1000n,
      period: 1000n,
      badge: 0n,
    }),
    priority: 255,
    maximumPriority: 255,
  };
  plan.monitor = add(plan.threads, thread);
  return thread;
}
