/** Node's `zlib`, as far as the kernel uses it. */
export { gunzipSync } from 'fflate';
