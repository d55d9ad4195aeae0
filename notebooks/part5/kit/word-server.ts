/** The server that hands out words is that of part 4. */
export { createHost } from '../../part4/kit/word-server.js';
