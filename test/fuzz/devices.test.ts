/**
 * Every device and the network a little, twice, with another seed than the suites beside them: `npm run fuzz` is the long run.
 *
 * @seconds 30
 * @long
 */
import { requireRepeatable } from './target.js';
import { devices } from './targets/devices.js';

jest.setTimeout(60_000);

test.each(devices.map((target) => [target.name, target] as const))('%s takes anything, the same way each time', (_, target) =>
  requireRepeatable(target, 2, 5 * target.small),
);
