/** What part 4 adds to the kernel, besides what it has from `wordle`: the last stage of its boot. */
import type { Kit } from 'virtbook/kernel';

export const kit: Kit = { bootStages: [{ name: 'word', sign: /Transfer word to virtual-machine monitor/ }] };
