/**
 * The lexer for Pygments that the Python package brings.
 *
 * @peers jupyter
 * @seconds 3
 */
import { passesInPython } from './unittest.js';

test('cells are coloured by Pygments in the language of what is in them', () => passesInPython('test_highlight.py', 2), 60_000);
