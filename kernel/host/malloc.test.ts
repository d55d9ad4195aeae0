import { forgetFrugality, frugalEnvironment } from './malloc.js';

test('only Linux has variables for glibc', () => {
  expect(Object.keys(frugalEnvironment('linux'))).toContain('MALLOC_ARENA_MAX');
  expect(frugalEnvironment('darwin')).toEqual({});
});

test("programs that it starts do not get them, and get the user's own", () => {
  const env = { ...frugalEnvironment('linux'), MALLOC_ARENA_MAX: '7', HOME: '/home/reader' };
  forgetFrugality(env);
  expect(env).toEqual({ MALLOC_ARENA_MAX: '7', HOME: '/home/reader' });
});
