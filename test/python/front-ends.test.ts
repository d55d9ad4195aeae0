/**
 * Programs that people run notebooks with, in Python, against the installed kernel.
 *
 * @peers jupyter
 * @seconds 60
 * @long
 */
import { passesInPython } from './unittest.js';

test(
  'papermill, nbval, nbconvert, encryption and Unix sockets drive the installed kernel',
  () => passesInPython('test_front_ends.py', 6),
  300_000,
);
