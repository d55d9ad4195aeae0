import { Idle } from './idle.js';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('what nobody uses is ended after its time, and not before', () => {
  const end = jest.fn();
  const idle = new Idle(1000, end);
  idle.used(true);
  idle.used(true);
  idle.used(false);
  jest.advanceTimersByTime(5000);
  expect(end).not.toHaveBeenCalled();
  idle.used(false);
  jest.advanceTimersByTime(999);
  idle.used(true);
  idle.used(false);
  jest.advanceTimersByTime(999);
  expect(end).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1);
  expect(end).toHaveBeenCalledTimes(1);
});
