import { MAX_BYTES, MAX_REGIONS } from '../../emulator/cpu/translator/regions.js';
import { machineStatistics } from './statistics.js';

const translation = {
  regions: MAX_REGIONS / 4,
  modules: 12,
  bytes: MAX_BYTES / 2,
  evicted: 3,
  instructions: 4321,
  milliseconds: 56.7,
  invalidations: 8,
  released: 1234,
  cached: 5,
};
const status = { running: false, time: 2.5e9, instructions: 3_000_000 };

test('every figure has its line, and the bounds say how much of them is used', () => {
  expect(machineStatistics({ ...status, translation }, { seconds: 1.5, instructions: 1_500_000 }).split('\n')).toEqual([
    'simulated time           2.500 s',
    'instructions executed    3,000,000',
    'time on this computer    1.500 s, 1.0 million instructions a second',
    'instructions translated  4,321',
    'translated regions       4,096 now, 3 made room for others',
    'from the code cache      5 regions',
    'WebAssembly              24.0 MiB now, 12 modules so far',
    'room for translations    25.0 % of 16,384 regions, 50.0 % of 48.0 MiB used',
    'code that changed        8 times',
    'pages that were let go   1,234',
    'time spent translating   57 ms',
    '',
  ]);
});

test('what is not known is left out', () => {
  expect(machineStatistics(status)).toBe('simulated time         2.500 s\ninstructions executed  3,000,000\n');
  expect(machineStatistics(status, { seconds: 0, instructions: 0 })).toContain('time on this computer  0.000 s\n');
});
