/** Linux booted directly, with nothing below it: one command line, for QEMU and for `virtbook qemu`. */

/** @param network the card's other end, as `-netdev` takes it; its name is `n0`. */
export function directLinuxArguments(guest: { kernel: string; initrd: string }, network = 'user,id=n0'): string[] {
  return [
    ...['-M', 'virt', '-cpu', 'cortex-a53', '-m', '256', '-nographic'],
    ...['-kernel', guest.kernel, '-initrd', guest.initrd, '-append', 'console=ttyAMA0'],
    ...['-netdev', network, '-device', 'virtio-net-device,netdev=n0'],
  ];
}
