/**
 * The house's chapters, executed by nbconvert and compared by nbval, in Jupyter: the same bytes the second time, and the third.
 *
 * @peers jupyter debian
 * @seconds 300
 * @apart
 */
import { passesInPython } from './unittest.js';

test(
  'nbval finds the outputs of every chapter again, and they are equal byte for byte',
  () => passesInPython('test_chapters.py', 4),
  1_200_000,
);
