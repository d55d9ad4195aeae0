import { EventQueue } from '../board/event-queue.js';
import { Pl031 } from './pl031.js';

const SECOND = 1_000_000_000;

describe('PL031', () => {
  it('counts seconds of virtual time from its start date, and from what is loaded', () => {
    let now = 0;
    const rtc = new Pl031({ clock: new EventQueue(() => now), startDate: 1_735_700_000, interrupt: { set: () => undefined } });
    expect(rtc.read(0, 4)).toBe(1_735_700_000);
    now = 2 * SECOND - 1;
    expect(rtc.read(0, 4)).toBe(1_735_700_001);
    rtc.write(8, 100, 4);
    expect([rtc.read(0, 4), rtc.read(8, 4)]).toEqual([100, 100]);
    now += 5 * SECOND;
    expect(rtc.read(0, 4)).toBe(105);
  });

  it('rings when the date matches, if it is let, until it is cleared', () => {
    let now = 0;
    let level = false;
    const clock = new EventQueue(() => now);
    const rtc = new Pl031({ clock, startDate: 50, interrupt: { set: (to) => void (level = to) } });
    rtc.write(4, 53, 4);
    rtc.write(4, 52, 4);
    expect(clock.nextDeadline()).toBe(2 * SECOND);
    now = 2 * SECOND;
    clock.runDue(now);
    expect([rtc.read(0x14, 4), rtc.read(0x18, 4), level]).toEqual([1, 0, false]);
    rtc.write(0x10, 1, 4);
    expect([rtc.read(0x18, 4), level]).toEqual([1, true]);
    rtc.write(0x1c, 1, 4);
    expect([rtc.read(0x14, 4), level]).toEqual([0, false]);
    expect(clock.nextDeadline()).toBe(Infinity);
  });

  it('says what its driver may not notice', () => {
    let now = 0;
    const clock = new EventQueue(() => now);
    const rtc = new Pl031({ clock, startDate: 50, interrupt: { set: () => undefined } });
    expect(rtc.alarmState()).toEqual({ raised: false, mask: 0, over: false, set: false, beside: undefined });
    rtc.write(8, 50, 4);
    expect(rtc.alarmState()).toMatchObject({ over: false, set: false, beside: 8 });
    rtc.write(4, 49, 4);
    expect(rtc.alarmState().over).toBe(true);
    rtc.write(4, 51, 4);
    now = SECOND;
    clock.runDue(now);
    expect(rtc.alarmState()).toEqual({ raised: true, mask: 0, over: false, set: true, beside: 8 });
    rtc.write(0x10, 1, 4);
    expect(rtc.alarmState().mask).toBe(1);
  });

  it('sets no alarm for a date that no run reaches', () => {
    const clock = new EventQueue(() => 0);
    new Pl031({ clock, startDate: 50, interrupt: { set: () => undefined } }).write(4, 0, 4);
    expect(clock.nextDeadline()).toBe(Infinity);
  });
});
