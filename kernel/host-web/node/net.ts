/** Node's `net`: a page has no sockets. */
export const isIPv4 = (text: string): boolean => /^(\d{1,3}\.){3}\d{1,3}$/.test(text);
