import type { DomainState } from '../session/thread-states.js';
import type { MachineEvent } from '../session/trace-model.js';
import { starved, unacknowledged } from './overdue.js';

const MS = 1_000_000;
const delivered = (time: number, irq = 33): MachineEvent => ({ time, domain: 'driver', kind: 'delivered', irq, channel: 1 });
const acknowledged = (time: number, irq = 33): MachineEvent => ({ time, domain: 'driver', kind: 'acknowledged', irq, channel: 1 });
const runs = (time: number, domain: string): MachineEvent => ({ time, domain, kind: 'runs' });
const state = (domain: string, priority: number, kind: 'runs' | 'ready'): DomainState => ({
  ...{ domain, priority, pc: 0n, frame: 0n, link: 0n },
  doing: kind === 'ready' ? { kind, begun: true } : { kind },
});

test('an interrupt is overdue when it was delivered long ago, and not acknowledged since', () => {
  expect(unacknowledged([delivered(MS), acknowledged(2 * MS)], 50 * MS)).toEqual([]);
  expect(unacknowledged([delivered(MS), acknowledged(2 * MS), delivered(45 * MS)], 50 * MS)).toEqual([]);
  expect(unacknowledged([delivered(MS), acknowledged(2 * MS, 34), delivered(MS, 34)], 50 * MS)).toEqual([
    "Interrupt 33 was delivered to 'driver' on channel 1 49 ms ago, and has not been acknowledged since: call microkit_irq_ack(1) in notified().",
    "Interrupt 34 was delivered to 'driver' on channel 1 49 ms ago, and has not been acknowledged since: call microkit_irq_ack(1) in notified().",
  ]);
});

describe('a domain that could have run for long', () => {
  const states = [state('server', 110, 'runs'), state('client', 100, 'ready')];
  const said = (events: MachineEvent[], now = 50 * MS): string[] => starved(states, events, now);
  const since = (time: number): string[] => [
    `'client' could have run for ${time} ms, and has not: 'server' uses all the time, and has a higher priority (110; 'client': 100).`,
  ];

  test('since another took its place', () => {
    expect(said([runs(0, 'client'), runs(5 * MS, 'server')])).toEqual(since(45));
    expect(said([runs(0, 'client'), runs(45 * MS, 'server')])).toEqual([]);
    expect(said([runs(0, 'server'), runs(5 * MS, 'client')])).toEqual([]);
  });

  test('since it was woken', () => {
    const waited = [runs(0, 'client'), runs(5 * MS, 'server')];
    const woken = (time: number): MachineEvent => ({ time, domain: 'server', kind: 'notification', to: 'client', channel: 1 });
    expect(said([...waited, woken(30 * MS)])).toEqual(since(20));
    expect(said([...waited, woken(49 * MS)])).toEqual([]);
  });

  test('since its call was answered, and not since a notification before that', () => {
    const called: MachineEvent[] = [
      runs(0, 'client'),
      { time: 4 * MS, domain: 'client', kind: 'call', to: 'server', channel: 1, label: 0 },
      runs(5 * MS, 'server'),
      { time: 6 * MS, domain: 'driver', kind: 'notification', to: 'client', channel: 2 },
    ];
    const answered = (time: number): MachineEvent => ({ time, domain: 'server', kind: 'reply', to: 'client', channel: 1, took: MS });
    expect(said([...called, answered(30 * MS)])).toEqual(since(20));
    expect(said([...called, answered(49 * MS)])).toEqual([]);
    expect(said(called)).toEqual([]);
  });
});
