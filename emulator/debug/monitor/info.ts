/** `info`: what a machine is made of and what state it is in, in QEMU's words where it has the same to tell. */
import { VIRTIO, VIRTIO_SLOTS } from '../../board/memory-map.js';
import type { MachineOptions, VirtioDeviceOptions } from '../../machine/options.js';
import { formatIpv4, LEASE_COUNT } from '../../network/addresses.js';
import { addressPlan } from '../../network/settings.js';
import { MonitorError, type MappedWindow, type MonitorTarget } from './target.js';

export interface InfoTopic {
  usage: string;
  help: string;
  show(target: MonitorTarget, argument: string): string;
}

export const INFO_TOPICS: Record<string, InfoTopic> = {
  cpus: { usage: '', help: 'show the processors, where they are and whether they run', show: cpus },
  mtree: { usage: '[-f]', help: 'show what answers at which physical address', show: memoryTree },
  network: { usage: '', help: 'show the network card and the network that it is on', show: ({ options }) => network(options) },
  qtree: { usage: '', help: 'show the devices', show: deviceTree },
  registers: { usage: '[-a|CPU]', help: 'show registers of the processor, of another one, or of all (-a)', show: registers },
  status: { usage: '', help: 'show whether the machine runs, and for how long it has', show: (target) => status(target) },
};

const address = (value: number): string => value.toString(16).padStart(16, '0');

function status(target: MonitorTarget): string {
  const { running, time, instructions, stopped } = target.status();
  const reasons: Record<string, string> = { powerOff: ' (shutdown)', crashed: ' (internal-error)' };
  const why = (stopped && reasons[stopped.kind]) ?? (time === 0 ? ' (prelaunch)' : '');
  return `VM status: ${running ? 'running' : `paused${why}`}\nvirtual time ${(time / 1e9).toFixed(9)} s, ${instructions} instructions\n`;
}

/** QEMU names a thread of the host for each. */
function cpus(target: MonitorTarget): string {
  return Array.from({ length: target.processors }, (_, cpu) => {
    const { pc, exceptionLevel, state } = target.processorState(cpu);
    return `${cpu === target.cpu ? '*' : ' '} CPU #${cpu}: pc=0x${pc.toString(16).padStart(16, '0')} EL${exceptionLevel} ${state}\n`;
  }).join('');
}

function registers(target: MonitorTarget, argument: string): string {
  const cpu = argument === '' ? target.cpu : Number(argument);
  if (argument !== '-a' && argument !== '' && !/^\d{1,3}$/.test(argument))
    throw new MonitorError(`'info registers ${argument}': -a, or the number of a processor`);
  if (argument !== '-a' && cpu >= target.processors) throw new MonitorError(`CPU#${cpu} not available`);
  const wanted = argument === '-a' ? Array.from({ length: target.processors }, (_, each) => each) : [cpu];
  return wanted.map((each) => `\nCPU#${each}\n${target.registersOf(each)}`).join('');
}

/** All is in one address space, and none of it is covered by anything else: the flat view is the tree. */
function memoryTree(target: MonitorTarget, argument: string): string {
  if (!['', '-f'].includes(argument)) throw new MonitorError(`mtree: unsupported option ${argument}`);
  const lines = target
    .map()
    .map(({ base, size, kind, name }) => `  ${address(base)}-${address(base + size - 1)} (prio 0, ${kind}): ${name}\n`);
  return `address-space: memory\n${lines.join('')}`;
}

function network(options: MachineOptions): string {
  const card = virtioDevices(options).find((device) => device.kind === 'network');
  if (card?.kind !== 'network') return '';
  const plan = addressPlan(options.networkSettings);
  const bits = 32 - Math.clz32(~plan.netmask >>> 0);
  const last = Math.min(plan.firstLease + LEASE_COUNT - 1, plan.directedBroadcast - 1);
  return (
    `${modelOf(card)}.0: index=0,type=nic,model=${modelOf(card)},macaddr=${card.mac}\n` +
    ` \\ user: index=0,type=user,net=${formatIpv4(plan.network)}/${32 - bits},restrict=on\n` +
    `    host=${formatIpv4(plan.gateway)},dns=${formatIpv4(plan.nameServer)},leases=${formatIpv4(plan.firstLease)}-${formatIpv4(last)}\n`
  );
}

/** In the order in which they take slots and PCI device numbers. */
function virtioDevices({ network: card, devices = [] }: MachineOptions): VirtioDeviceOptions[] {
  return [...(card ? [{ kind: 'network' as const, ...card }] : []), ...devices];
}

const MODELS: Record<VirtioDeviceOptions['kind'], string> = {
  network: 'virtio-net',
  block: 'virtio-blk',
  entropy: 'virtio-rng',
  console: 'virtio-serial',
};

function modelOf({ kind, pci }: VirtioDeviceOptions): string {
  return `${MODELS[kind]}-${pci ? 'pci' : 'device'}`;
}

function propertiesOf(device: VirtioDeviceOptions): string[] {
  switch (device.kind) {
    case 'network':
      return [`mac = "${device.mac}"`];
    case 'block':
      return device.serial === undefined ? [] : [`serial = "${device.serial}"`];
    case 'console':
      return device.port === undefined ? [] : [`virtconsole: ${device.port}`];
    case 'entropy':
      return [];
  }
}

/** Board devices by their registers' addresses, the last first; virtio devices on the bus that they are on. Empty slots are left out. */
function deviceTree(target: MonitorTarget): string {
  const devices = virtioDevices(target.options);
  const onMmio = devices.filter(({ pci }) => !pci);
  const onPci = devices.filter(({ pci }) => pci);
  const lines = ['bus: main-system-bus', '  type System'];
  const device = (depth: number, name: string, properties: string[]): void => {
    const indent = ' '.repeat(depth);
    lines.push(`${indent}dev: ${name}, id ""`, ...properties.map((property) => `${indent}  ${property}`));
  };
  const bus = (depth: number, name: string, type: string): void =>
    void lines.push(`${' '.repeat(depth)}bus: ${name}`, `${' '.repeat(depth)}  type ${type}`);
  const isSlot = ({ base }: MappedWindow): boolean => base >= VIRTIO.base && base < VIRTIO.base + VIRTIO_SLOTS * VIRTIO.size;
  const windows = target.map();
  onMmio.forEach((each, n) => {
    const slot = VIRTIO_SLOTS - 1 - n;
    device(2, 'virtio-mmio', [mmio({ base: VIRTIO.base + slot * VIRTIO.size, size: VIRTIO.size })]);
    bus(4, `virtio-mmio-bus.${slot}`, 'virtio-mmio-bus');
    device(6, modelOf(each), propertiesOf(each));
  });
  device(2, 'gpex-pcihost', windows.filter(({ name }) => name.startsWith('pci-')).map(mmio));
  bus(4, 'pcie.0', 'PCIE');
  device(6, 'gpex-root', ['addr = 00.0']);
  onPci.forEach((each, n) => {
    device(6, modelOf(each), [`addr = ${(n + 1).toString(16).padStart(2, '0')}.0`]);
    bus(8, 'virtio-bus', 'virtio-pci-bus');
    device(10, modelOf({ ...each, pci: false }), propertiesOf(each));
  });
  device(2, 'gpio-key', []);
  for (const window of windows.reverse()) {
    if (window.kind === 'ram' || window.name.startsWith('pci-') || isSlot(window)) continue;
    device(2, window.name, [mmio(window)]);
  }
  return `${lines.join('\n')}\n`;
}

function mmio({ base, size }: { base: number; size: number }): string {
  return `mmio ${address(base)}/${address(size)}`;
}
