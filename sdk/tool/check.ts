import type { Complainer } from './complaint.js';
import { itemAt } from './item.js';
import { mapLimit, MAX_ID, MAX_PROTECTION_DOMAINS, MONITOR_NAME, USER_TOP } from './limits.js';
import type { ChannelEnd, MemoryMap, MemoryRegion, ProtectionDomain, SystemDescription, VirtualMachine } from './model.js';
import { suggestName } from './nearest.js';
import { checkSharedSlots } from './read-cspace.js';
import type { Position } from './source.js';

/** What can only be seen in the whole: names, numbers and address ranges that clash. First mistake wins. */
export function checkSystem(system: SystemDescription, complain: Complainer): void {
  checkNames(system, complain);
  checkInterrupts(system, complain);
  checkIdentifiers(system, complain);
  for (const domain of system.protectionDomains) {
    checkMaps(system, complain, domain.maps, `protection domain '${domain.name}'`, mapLimit(domain.stackSize));
    checkPrefillSizes(system, complain, domain);
    const machine = domain.virtualMachine;
    if (machine) checkMaps(system, complain, machine.maps, `virtual machine '${machine.name}'`, USER_TOP);
    checkSharedSlots(domain, complain);
  }
  checkPhysicalRanges(system, complain);
  warnOfUnused(system, complain);
  warnOfGuestsTurns(system, complain);
}

function checkNames(system: SystemDescription, complain: Complainer): void {
  const { protectionDomains: domains, memoryRegions: regions } = system;
  if (domains.length === 0) {
    throw complain.error({
      message: 'at least one protection domain must be defined',
      hint: 'write a <protection_domain> with its <program_image> into <system>',
    });
  }
  const tooMuch = domains.at(MAX_PROTECTION_DOMAINS);
  if (tooMuch) {
    throw complain.error({
      message: `too many protection domains (${domains.length}) defined. Maximum is ${MAX_PROTECTION_DOMAINS}.`,
      at: tooMuch.at,
      form: 'none',
      hint: `remove ${domains.length - MAX_PROTECTION_DOMAINS} of them`,
    });
  }
  const secondOf = <T extends { name: string }>(list: readonly T[]): T | undefined =>
    // The tool complains about the first name that is there twice; the place that helps is its second one.
    list.map(({ name }) => list.filter((other) => other.name === name)).find((same) => same.length > 1)?.[1];
  const domain = secondOf(domains);
  if (domain) {
    throw complain.error({
      message: `duplicate protection domain name '${domain.name}'.`,
      at: domain.at,
      attribute: 'name',
      form: 'none',
      hint: 'give it a name of its own',
    });
  }
  const reserved = domains.find(({ name }) => name === MONITOR_NAME);
  if (reserved) {
    throw complain.error({
      message: `protection domain '${MONITOR_NAME}' has the name of Microkit's own monitor`,
      at: reserved.at,
      attribute: 'name',
      form: 'none',
      hint: 'choose another name',
    });
  }
  const region = secondOf(regions);
  if (region) {
    throw complain.error({
      message: `duplicate memory region name '${region.name}'.`,
      at: region.at,
      attribute: 'name',
      form: 'none',
      hint: 'give it a name of its own',
    });
  }
  const machines: VirtualMachine[] = [];
  for (const { virtualMachine: machine } of domains) {
    if (!machine) continue;
    if (machines.some(({ name }) => name === machine.name)) {
      throw complain.error({
        message: `duplicate virtual machine name '${machine.name}'.`,
        at: machine.at,
        attribute: 'name',
        form: 'none',
        hint: 'give it a name of its own',
      });
    }
    machines.push(machine);
  }
}

function checkInterrupts(system: SystemDescription, complain: Complainer): void {
  const owners = new Map<bigint, ProtectionDomain>();
  for (const domain of system.protectionDomains) {
    for (const { irq, at } of domain.interrupts) {
      const owner = owners.get(irq);
      if (owner) {
        throw complain.error({
          message: `duplicate irq: ${irq} in protection domain: '${domain.name}'`,
          at: domain.at,
          meant: at,
          attribute: 'irq',
          form: 'at',
          hint: `interrupt ${irq} already goes to '${owner.name}', and an interrupt has one receiver`,
        });
      }
      owners.set(irq, domain);
    }
  }
}

function checkIdentifiers(system: SystemDescription, complain: Complainer): void {
  const { protectionDomains: domains } = system;
  const owners = domains.map((domain) => ({ domain, used: new Map<number, Position>() }));
  const take = (pd: number, id: number, at: Position): void => {
    const { domain, used } = itemAt(owners, pd);
    const first = used.get(id);
    if (first === undefined) {
      used.set(id, at);
      return;
    }
    // Programs count from 1, as a rule.
    const free = [...Array.from({ length: MAX_ID }, (_, n) => n + 1), 0].find((n) => !used.has(n));
    throw complain.error({
      message: `duplicate channel id: ${id} in protection domain: '${domain.name}'`,
      at: domain.at,
      meant: at,
      attribute: 'id',
      form: 'at',
      hint:
        `line ${first.line} has given '${domain.name}' the id ${id} already, and its channel ends and interrupts share their ids; ` +
        (free === undefined ? 'all are taken' : `the next free one is ${free}`),
    });
  };
  domains.forEach((domain, pd) => {
    for (const { id, at } of domain.interrupts) take(pd, id, at);
  });
  for (const { ends } of system.channels) {
    const [a, b] = ends;
    take(a.pd, a.id, a.at);
    // A channel to itself may have one number: `checkBuildable` says where that gives two capabilities one slot.
    if (a.pd !== b.pd || a.id !== b.id) take(b.pd, b.id, b.at);
    if (a.pp) checkCall(domains, a, b, complain);
    else if (b.pp) checkCall(domains, b, a, complain);
  }
}

/** A call runs the callee until it answers, so the callee must not be kept from it by the caller. */
function checkCall(domains: readonly ProtectionDomain[], from: ChannelEnd, to: ChannelEnd, complain: Complainer): void {
  const [caller, callee] = [itemAt(domains, from.pd), itemAt(domains, to.pd)];
  if (caller.priority < callee.priority) return;
  const turned = callee.priority < caller.priority ? `; or did you mean pp="true" on the end of '${callee.name}'?` : '';
  const hint =
    caller === callee
      ? `both ends of this channel are '${caller.name}': a channel joins two protection domains`
      : `the priority of '${callee.name}' must be higher than ${caller.priority}, or that of '${caller.name}' lower than ${callee.priority}${turned}`;
  throw complain.error({
    message:
      'PPCs must be to protection domains of strictly higher priorities; channel with PPC exists from pd ' +
      `${caller.name} (priority: ${caller.priority}) to pd ${callee.name} (priority: ${callee.priority})`,
    at: from.at,
    form: 'none',
    hint,
  });
}

function range(start: bigint, end: bigint): string {
  return `[0x${start.toString(16)}..0x${end.toString(16)})`;
}

function checkMaps(system: SystemDescription, complain: Complainer, maps: readonly MemoryMap[], owner: string, limit: bigint): void {
  const checked: { name: string; start: bigint; end: bigint }[] = [];
  for (const map of maps) {
    const region = system.memoryRegions.find(({ name }) => name === map.region);
    if (!region) {
      throw complain.error({
        message: `invalid memory region name '${map.region}' on 'map'`,
        at: map.at,
        attribute: 'mr',
        form: 'at',
        hint: suggestName(
          map.region,
          system.memoryRegions.map(({ name }) => name),
          'memory region',
        ),
      });
    }
    if (map.address % region.pageSize !== 0n) {
      throw complain.error({
        message: "invalid vaddr alignment on 'map'",
        at: map.at,
        attribute: 'vaddr',
        form: 'at',
        hint: `'${region.name}' has pages of 0x${region.pageSize.toString(16)} bytes, and begins on one: vaddr="0x${(map.address - (map.address % region.pageSize)).toString(16)}"`,
      });
    }
    const [start, end] = [map.address, map.address + region.size];
    if (end > limit) {
      throw complain.error({
        message: `map for '${map.region}' has virtual address range ${range(start, end)}, and addresses end at 0x${limit.toString(16)} in ${owner}`,
        at: map.at,
        attribute: 'vaddr',
        form: 'at',
        hint:
          region.size > limit
            ? `'${region.name}' is too large to be mapped`
            : `the last vaddr that fits is 0x${lastFit(region, limit)}${limit < USER_TOP ? '; the stack region is above it' : ''}`,
      });
    }
    const other = checked.find((known) => start < known.end && end > known.start);
    if (other) {
      throw complain.error({
        message:
          `map for '${map.region}' has virtual address range ${range(start, end)} which overlaps with map for ` +
          `'${other.name}' ${range(other.start, other.end)} in ${owner}`,
        at: map.at,
        attribute: 'vaddr',
        form: 'at',
        hint: `the next address after '${other.name}' is 0x${other.end.toString(16)}`,
      });
    }
    checked.push({ name: map.region, start, end });
  }
}

/** Where the last page-aligned address is from which a region ends in time. */
function lastFit({ size, pageSize }: MemoryRegion, limit: bigint): string {
  return (((limit - size) / pageSize) * pageSize).toString(16);
}

/** Only what a file fills has a length that a variable can be told. */
function checkPrefillSizes(system: SystemDescription, complain: Complainer, domain: ProtectionDomain): void {
  for (const { symbol, value, at } of domain.setVariables) {
    if (value.kind !== 'prefillSize') continue;
    const region = system.memoryRegions.find(({ name }) => name === value.region);
    if (!region || region.prefill !== undefined) continue;
    throw complain.error({
      message: `'${symbol}' asks for the length of a file, and memory region '${region.name}' has no prefill_path`,
      at,
      attribute: 'setvar_prefill_size',
      form: 'at',
      hint: `setvar_size is the size of the region; or write prefill_path="..." on line ${region.at.line}`,
    });
  }
}

function checkPhysicalRanges(system: SystemDescription, complain: Complainer): void {
  const checked: { name: string; start: bigint; end: bigint }[] = [];
  for (const { name, size, physicalAddress: start, at } of system.memoryRegions) {
    if (start === undefined) continue;
    const end = start + size;
    const other = checked.find((known) => start < known.end && end > known.start);
    if (other) {
      throw complain.error({
        message:
          `memory region '${name}' physical address range ${range(start, end)} overlaps with another memory region ` +
          `'${other.name}' ${range(other.start, other.end)}`,
        at,
        attribute: 'phys_addr',
        form: 'at',
        hint: `map '${other.name}' twice if both are to see the same memory`,
      });
    }
    checked.push({ name, start, end });
  }
}

function warnOfUnused(system: SystemDescription, complain: Complainer): void {
  const used = new Set(
    system.protectionDomains.flatMap(({ maps, virtualMachine }) => [...maps, ...(virtualMachine?.maps ?? [])].map((map) => map.region)),
  );
  for (const { name, at } of system.memoryRegions) {
    if (!used.has(name)) system.warnings.push(complain.diagnostic('warning', `unused memory region '${name}'`, at, 'map it, or remove it'));
  }
}

/** SDK 2.3.0 leaves virtual CPUs in scheduling domain 0, and no attribute moves them. */
function warnOfGuestsTurns({ protectionDomains, schedule, warnings }: SystemDescription, complain: Complainer): void {
  if (!schedule) return;
  const after = schedule.turns.slice(schedule.first);
  const end = after.findIndex(({ unit }) => unit === 'end');
  const runs = after.slice(0, end < 0 ? after.length : end).some(({ domain }) => domain === 0);
  for (const { name, domain, virtualMachine } of protectionDomains) {
    if (!virtualMachine || (runs && domain === 0)) continue;
    const message = runs
      ? `virtual machine '${virtualMachine.name}' runs in the turns of domain 0, and not in those of its monitor '${name}'`
      : `virtual machine '${virtualMachine.name}' never runs: the schedule has no turn for domain 0`;
    const hint = `Microkit leaves virtual CPUs in domain 0: ${runs ? `put '${name}' there` : 'write id="0" on the <domain> of their turns'}`;
    warnings.push(complain.diagnostic('warning', message, virtualMachine.at, hint));
  }
}
