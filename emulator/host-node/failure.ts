/** Ends a command of the command line: 1 for a run that failed, 2 for wrong use. The message has been shown when it is empty. */
export class CommandFailure extends Error {
  constructor(
    readonly status: number,
    message = '',
  ) {
    super(message);
  }
}

/** What a thrown thing says. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
