import { CALL_BADGE, CSPACE_RADIX, FAULT_BADGE, MONITOR_GUARD, MONITOR_SLOT, SCHEDULING_CONTEXT_BADGE, SLOT } from './cspace.js';
import { needsEndpoint, ProtectionDomain, SystemDescription } from './model.js';
import { add, Capability, Plan, RIGHT, Thread } from './plan.js';

/** The objects that belong to one protection domain, as indices in the plan. */
interface DomainObjects {
  endpoint?: number;
  notification: number;
  reply: number;
  cnode: number;
  vspace: number;
  schedulingContext: number;
}

/** Threads with what layout has yet to fill in: entry, stack pointer and IPC buffer. */
export interface PlannedThreads {
  /** By index of the protection domain, which is also the index in the plan. */
  domains: Thread[];
  monitor: Thread;
  /** VSpace of each protection domain's virtual machine. */
  guestSpaces: (number | undefined)[];
}

/** Decides on every kernel object and every capability of a system. */
export function planObjects(system: SystemDescription, plan: Plan): PlannedThreads {
  const { protectionDomains: domains } = system;
  const monitorEndpoint = add(plan.endpoints, 'EP: Monitor Fault');
  const objects = domains.map((domain, index) => domainObjects(system, plan, domain, index));

  const threads = domains.map((domain, index): Thread => {
    const parent = domain.parent === undefined ? undefined : objects[domain.parent];
    return {
      title: `TCB: PD=${domain.name}`,
      name: domain.name,
      entry: 0,
      stackPointer: 0,
      faultEndpoint: parent ? parent.endpoint : monitorEndpoint,
      faultBadge: parent ? FAULT_BADGE | (domain.id ?? 0n) : BigInt(index + 1),
      cspace: objects[index].cnode,
      vspace: objects[index].vspace,
      schedulingContext: objects[index].schedulingContext,
      notification: objects[index].notification,
      priority: domain.priority,
      maximumPriority: domain.priority,
    };
  });
  plan.threads.push(...threads);

  const guestSpaces = domains.map((domain, index) => planGuest(plan, domain, objects[index]));
  const capabilities = new Capabilities(plan);
  domains.forEach((domain, index) => {
    const { cnode, endpoint, notification, reply, vspace } = objects[index];
    if (endpoint === undefined) capabilities.put(cnode, SLOT.input, 'notification', notification, RIGHT.read);
    else capabilities.put(cnode, SLOT.input, 'endpoint', endpoint, RIGHT.read);
    capabilities.put(cnode, SLOT.vspace, 'vspace', vspace, 0);
    capabilities.put(cnode, SLOT.reply, 'reply', reply, 0);
    if (domain.passive) {
      capabilities.put(cnode, SLOT.monitorEndpoint, 'endpoint', monitorEndpoint, RIGHT.write, BigInt(index + 1));
    }
    if (domain.parent !== undefined) {
      capabilities.put(objects[domain.parent].cnode, SLOT.childTcb + Number(domain.id ?? 0n), 'tcb', index, 0);
    }
    for (const interrupt of domain.interrupts) {
      const irq = add(plan.irqs, {
        irq: Number(interrupt.irq),
        edge: interrupt.trigger === 'edge',
        notification,
        badge: 1n << BigInt(interrupt.id),
      });
      capabilities.put(cnode, SLOT.irq + interrupt.id, 'irq', irq, 0);
    }
  });
  for (const {
    ends: [a, b],
  } of system.channels) {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ]) {
      const target = objects[to.pd];
      const { cnode } = objects[from.pd];
      if (from.notify) {
        capabilities.put(cnode, SLOT.outputNotification + from.id, 'notification', target.notification, RIGHT.write, 1n << BigInt(to.id));
      }
      if (from.pp && target.endpoint !== undefined) {
        capabilities.put(
          cnode,
          SLOT.endpoint + from.id,
          'endpoint',
          target.endpoint,
          RIGHT.write | RIGHT.grantReply,
          CALL_BADGE | BigInt(to.id),
        );
      }
    }
  }
  return { domains: threads, monitor: planMonitor(plan, capabilities, monitorEndpoint, objects), guestSpaces };
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
    endpoint: needsEndpoint(system, index) ? add(plan.endpoints, `EP: ${owner}`) : undefined,
    notification: add(plan.notifications, `Notification: ${owner}`),
    reply: add(plan.replies, `Reply: ${owner}`),
    cnode: add(plan.cnodes, { name: `CNode: ${owner}`, radix: CSPACE_RADIX, guard: 0n }),
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
function planGuest(plan: Plan, domain: ProtectionDomain, manager: DomainObjects): number | undefined {
  const machine = domain.virtualMachine;
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
  domains.forEach(({ schedulingContext, notification }, index) => {
    capabilities.put(cnode, MONITOR_SLOT.tcb + index, 'tcb', index, 0);
    capabilities.put(cnode, MONITOR_SLOT.schedulingContext + index, 'schedulingContext', schedulingContext, 0);
    capabilities.put(cnode, MONITOR_SLOT.notification + index, 'notification', notification, RIGHT.read | RIGHT.write);
  });
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
