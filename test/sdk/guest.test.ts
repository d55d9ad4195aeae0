/**
 * Debian's kernel with our root file system, in a machine that is not ours. Needs the network the first time.
 *
 * @peers qemu debian
 */
import { ensureGuest } from '../../sdk/guest/guest.js';
import { run } from '../../sdk/process.js';
import { QEMU, requireQemu } from '../peers/program-console.js';
import { dhcpGuest } from '../support/guests.js';

test('the dhcp guest takes a lease in QEMU and powers off', async () => {
  requireQemu();
  const guest = await ensureGuest(dhcpGuest);
  const args = [
    '-M',
    'virt',
    '-cpu',
    'cortex-a53',
    '-m',
    '256',
    '-nographic',
    '-kernel',
    guest.kernel,
    '-initrd',
    guest.initrd,
    '-append',
    'console=ttyAMA0',
    '-netdev',
    'user,id=n0',
    '-device',
    'virtio-net-device,netdev=n0',
  ];
  const { stdout, status } = await run(QEMU, args, { signal: AbortSignal.timeout(300_000) });
  expect(stdout.split(/\r?\n/).filter((line) => /^(Starting|udhcpc|deleting|adding)/.test(line))).toEqual([
    'Starting network: OK',
    expect.stringMatching(/^udhcpc: started, v\d/),
    'udhcpc: broadcasting discover',
    'udhcpc: broadcasting select for 10.0.2.15, server 10.0.2.2',
    'udhcpc: lease of 10.0.2.15 obtained from 10.0.2.2, lease time 86400',
    'deleting routers',
    'adding dns 10.0.2.3',
  ]);
  expect(stdout).toContain('reboot: Power down');
  expect(status).toBe(0);
}, 300_000);
