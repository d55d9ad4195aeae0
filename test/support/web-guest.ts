/** A Linux guest that serves a page. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpioArchive, directory, file } from '../../formats/cpio.js';

/** What is at `/page`. */
export const PAGE = 'word '.repeat(40_000);

/** The DHCP guest with another first process: an archive that comes after another one replaces its files. It says `Serving`. */
export function serverInitrd(folder: string, initrd: string): string {
  const init = `#!/bin/sh
export PATH=/bin
mount -t proc proc /proc
while read -r module; do insmod "/lib/modules/$module.ko"; done < /lib/modules/order
ifconfig eth0 up
udhcpc -i eth0 -n -q -s /etc/udhcpc.script
# It listens before it goes to the background.
busybox httpd -p 80 -h /www && echo "Serving"
while :; do busybox sleep 1000; done
`;
  const archive = cpioArchive([directory('www'), file('www/page', PAGE), file('init', init, 0o755)]);
  const made = join(folder, 'initrd');
  writeFileSync(made, Buffer.concat([readFileSync(initrd), archive]));
  return made;
}
