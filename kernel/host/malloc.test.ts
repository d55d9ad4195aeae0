import { forgetFrugality, frugalEnvironment } from './malloc.js';

test('only Linux has variables for glibc', () => {
  expect(Object.keys(frugalEnvironment('idle', 'linux'))).toContain('MALLOC_ARENA_MAX');
  expect(frugalEnvironment('idle', 'darwin')).toEqual({});
});

test.each(['idle', 'busy'] as const)("programs that it starts do not get them, and get the user's own: %s", (how) => {
  const env = { ...frugalEnvironment(how, 'linux'), MALLOC_ARENA_MAX: '7', HOME: '/home/reader' };
  forgetFrugality(env);
  expect(env).toEqual({ MALLOC_ARENA_MAX: '7', HOME: '/home/reader' });
});
