/** The machine did not do what was asked. Its message is for the reader. */
export class CheckFailure extends Error {
  override readonly name = 'CheckFailure';
}

/** The check fails, with this for the reader. */
export function fail(message: string): never {
  throw new CheckFailure(message);
}
