/** The interrupt controller: a GICv2, with the windows of its virtualization where the processor has EL2. */
import type { FdtNode } from '../../formats/fdt.js';
import { Gic } from '../devices/gic/gic.js';
import { ONE, type DeviceRow, type TreeParts } from './device-row.js';
import {
  GIC_CLAIMED_SIZE,
  GIC_CPU_INTERFACE,
  GIC_DISTRIBUTOR,
  GIC_HYPERVISOR_INTERFACE,
  GIC_VIRTUAL_CPU_INTERFACE,
  MSI_FRAME,
  PPI,
} from './memory-map.js';
import { deviceNode, hex, LEVEL_HIGH, PRIVATE, reg } from './tree-nodes.js';

export const gic: DeviceRow<Gic> = {
  ...ONE,
  make: ({ processors, outputs }) => new Gic({ processors, outputs }),
  windows: (device, { virtualization }) => [
    [GIC_DISTRIBUTOR, device.distributor],
    [GIC_CPU_INTERFACE, device.cpuInterface],
    ...(virtualization
      ? ([
          [GIC_HYPERVISOR_INTERFACE, device.hypervisorInterface],
          [GIC_VIRTUAL_CPU_INTERFACE, device.virtualCpuInterface],
        ] satisfies ReturnType<DeviceRow<Gic>['windows']>)
      : []),
  ],
  tree: { made: 2, nodes: (tree) => [controllerNode(tree)] },
};

function controllerNode({ virtualization, phandles }: TreeParts): FdtNode {
  const phandle = phandles.gic;
  const windows = virtualization
    ? [GIC_DISTRIBUTOR, GIC_CPU_INTERFACE, GIC_HYPERVISOR_INTERFACE, GIC_VIRTUAL_CPU_INTERFACE]
    : [GIC_DISTRIBUTOR, GIC_CPU_INTERFACE];
  return {
    name: `intc@${hex(GIC_DISTRIBUTOR.base)}`,
    properties: {
      phandle: [phandle],
      ...(virtualization ? { interrupts: [PRIVATE, PPI.MAINTENANCE - 16, LEVEL_HIGH] } : {}),
      reg: windows.flatMap(({ base }) => reg(base, GIC_CLAIMED_SIZE)),
      compatible: 'arm,cortex-a15-gic',
      ranges: true,
      '#size-cells': [2],
      '#address-cells': [2],
      'interrupt-controller': true,
      '#interrupt-cells': [3],
    },
    children: [messageFrameNode(phandles.messageFrame)],
  };
}

/** The frame itself is made with the PCI host, whose devices write to it. */
function messageFrameNode(phandle: number): FdtNode {
  return deviceNode('v2m', MSI_FRAME, { phandle: [phandle], 'msi-controller': true, compatible: 'arm,gic-v2m-frame' });
}
