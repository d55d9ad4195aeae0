/** Entry of the process that runs TypeScript cells. Started by `SessionProcess`. */
import { serve } from './serve.js';
import { TslabSession } from './tslab-session.js';

serve((host) => new TslabSession(host));
