/** The connection file cannot be read, or what it asks for is not possible. The message says what is wrong. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}
