import type { Observation, Observed, RunEvent } from '../../emulator/debug/observation.js';
import { BuiltSystem } from '../session/built-system.js';
import type { MachineRun } from '../session/machine-run.js';
import { Recording } from './recording.js';

const EVENT: RunEvent = { kind: 'raised', number: 33, time: 1, level: 0, pc: 0n, space: 1, root: 0 };

/** A machine in which so many events happen between two questions. */
function machine(happens: number): { run: MachineRun; asked: (Observation | undefined)[] } {
  const asked: (Observation | undefined)[] = [];
  const observe = async (wanted?: Observation): Promise<Observed | undefined> => {
    const before = asked.at(-1);
    asked.push(wanted);
    if (before?.kind !== 'events') return undefined;
    const kept = Math.min(happens, before.most);
    return { from: 0, to: 1, samples: [], events: Array.from({ length: kept }, () => EVENT), left: happens - kept };
  };
  return { run: { machine: { observe }, ended: undefined } as unknown as MachineRun, asked };
}

test('what is not kept is counted all the same', async () => {
  const { run, asked } = machine(150_000);
  const recording = await Recording.start(run, new BuiltSystem('none', [], [], undefined));
  expect(await recording.count()).toBe(150_000);
  expect(await recording.count()).toBe(300_000);
  expect(await recording.count()).toBe(450_000);
  expect(asked.map((each) => (each?.kind === 'events' ? each.most : -1))).toEqual([200_000, 200_000, 50_000, 0]);
  expect(await recording.events()).toHaveLength(200_000);
});
