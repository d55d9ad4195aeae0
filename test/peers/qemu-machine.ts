/** An image in `qemu-system-aarch64`, started with the tutorial's own command line. */
import { ProgramConsole, QEMU, requireQemu } from './program-console.js';

/** Milliseconds between keys, for a driver that takes one at a time. */
const KEY_INTERVAL = 60;

/** The tutorial's command line. `netdev` is in the place of `user,id=mynet0`. */
export function tutorialArguments(image: string, netdev = 'user,id=mynet0'): string[] {
  return [
    '-machine',
    'virt,virtualization=on',
    '-cpu',
    'cortex-a53',
    '-serial',
    'mon:stdio',
    '-device',
    `loader,file=${image},addr=0x70000000,cpu-num=0`,
    '-m',
    'size=2G',
    '-nographic',
    '-netdev',
    netdev,
    '-device',
    'virtio-net-device,netdev=mynet0,mac=52:55:00:d1:55:01',
  ];
}

export class QemuMachine extends ProgramConsole {
  /** @throws Error that says what to install when there is no QEMU. */
  constructor(args: readonly string[]) {
    requireQemu();
    super(QEMU, args);
  }

  /** Types key by key. Resolves after the last one. */
  async typeKeys(keys: string): Promise<void> {
    for (const key of keys) {
      this.type(key);
      await new Promise((resolve) => setTimeout(resolve, KEY_INTERVAL));
    }
  }
}
