/**
 * The graded chapter as a course goes, by nbgrader, which gives the marks that `virtbook grade` gives.
 *
 * @peers jupyter debian
 * @seconds 60
 * @long
 */
import { passesInPython } from './unittest.js';

test('nbgrader drives the installed kernel', () => passesInPython('test_grading.py', 0), 300_000);
