/** Entry of the process that runs TypeScript cells. Started by `SessionProcess`. */
// First: what follows finds the compiler loaded.
import './built-compiler.js';
import { forgetFrugality } from '../host/malloc.js';
import { forgetSnapshot } from './kept-compiler.js';
import { serve } from './serve.js';
import { TslabSession } from './tslab-session.js';

forgetFrugality();
forgetSnapshot();
serve((host) => new TslabSession(host));
