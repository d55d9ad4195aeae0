import { Painter } from './painter.js';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('the first change is seen at once, and those that follow soon are seen together', () => {
  const paint = jest.fn();
  const painter = new Painter(paint);
  painter.changed();
  expect(paint).toHaveBeenCalledTimes(1);
  for (let change = 0; change < 10; change++) painter.changed();
  expect(paint).toHaveBeenCalledTimes(1);
  jest.runAllTimers();
  expect(paint).toHaveBeenCalledTimes(2);
  jest.advanceTimersByTime(1000);
  painter.changed();
  expect(paint).toHaveBeenCalledTimes(3);
});

test('what takes long to paint is painted seldom', () => {
  const paint = jest.fn(() => jest.advanceTimersByTime(100));
  const painter = new Painter(paint);
  painter.changed();
  painter.changed();
  jest.advanceTimersByTime(399);
  expect(paint).toHaveBeenCalledTimes(1);
  jest.advanceTimersByTime(1);
  expect(paint).toHaveBeenCalledTimes(2);
});

test('the end is seen as it is, once', () => {
  const paint = jest.fn();
  const painter = new Painter(paint);
  painter.changed();
  painter.changed();
  painter.now();
  jest.runAllTimers();
  expect(paint).toHaveBeenCalledTimes(2);
  painter.changed();
  painter.stop();
  jest.runAllTimers();
  expect(paint).toHaveBeenCalledTimes(2);
});
