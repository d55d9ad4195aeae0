/**
 * Every target a little, twice, and what has found something once. `npm run fuzz` is the long run.
 *
 * @seconds 15
 * @long
 */
import { requireRepeatable } from './target.js';
import { targets } from './targets.js';

// Devices and network have suites of their own, beside them.
const here = targets.filter(({ name }) => !/^(device|network)/.test(name));

test.each(here.map((target) => [target.name, target] as const))('%s takes anything, the same way each time', (_, target) =>
  requireRepeatable(target, 1, target.small),
);

const found = targets.flatMap((target) => (target.found ?? []).map((each) => [target.name, each, target] as const));
if (found.length > 0) {
  test.each(found)('%s: %j finds nothing any more', async (_, { seed, operations }, target) => {
    await target.run(seed, operations, () => undefined);
  });
}
