/** The connection file, or what it asks for, cannot be had. The message is for whoever starts the kernel, and says what is wrong. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}
