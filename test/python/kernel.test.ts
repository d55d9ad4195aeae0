/**
 * Jupyter's own suite and nbclient, in Python, against the installed kernel. `scripts/peers.mjs` brings them.
 *
 * @peers jupyter
 * @seconds 30
 */
import { passesInPython } from './unittest.js';

test('jupyter_kernel_test and nbclient drive the installed kernel', () => passesInPython('test_kernel.py', 10), 300_000);
