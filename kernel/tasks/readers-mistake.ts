/** Something is wrong in the TypeScript that a reader wrote for a task. Its message is for the reader. */
export class ReadersMistake extends Error {
  override readonly name = 'ReadersMistake';
}

/** The process for a reader's TypeScript cannot do its work here: nobody's doing, and there is nothing to say about the work. */
export class ModuleLost extends Error {
  override readonly name = 'ModuleLost';
}
