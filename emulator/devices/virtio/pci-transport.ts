/** What the two register interfaces of a virtio device on PCI share, and may use of the device that they belong to. */
import type { Msix } from '../pci/msix.js';
import type { TransportCore } from './transport-core.js';
import type { Virtqueue } from './virtqueue.js';

export interface PciTransport extends TransportCore {
  readonly msix: Msix;
  configVector: number;
  readonly queueVectors: number[];
  readonly queueSelector: number;
  readonly selected: Virtqueue | undefined;
  selectQueue(index: number): void;
  /** A legacy driver has written the features that it takes. */
  acceptLegacy(wanted: bigint): void;
  /** A vector register takes this: what the table has no entry for reads back as no vector. */
  vector(value: number): number;
  /** Reading clears the interrupt status, and lets the pin go. */
  takeInterruptStatus(): number;
}
