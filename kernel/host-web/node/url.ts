/** Node's `url`: the page has it. */
export const { URL } = globalThis;
