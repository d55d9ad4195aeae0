/** Processors as the protocol's threads: processor 0 is thread 1 of process 1 (GDB manual, appendix E.1, "thread-id"). */

export function threadName(cpu: number, multiprocess: boolean): string {
  const thread = (cpu + 1).toString(16).padStart(2, '0');
  return multiprocess ? `p01.${thread}` : thread;
}

/** The processor that a thread-id names; `any` where all or any of them are meant, and undefined where none is. */
export function processorOf(text: string, processors: number): number | 'any' | undefined {
  const match = /^(?:p(-1|[0-9a-f]+)(?:\.(-1|[0-9a-f]+))?|(-1|[0-9a-f]+))$/i.exec(text);
  if (!match) return undefined;
  const [, process, inProcess = '-1', alone] = match;
  if (process !== undefined && !['-1', '0', '1'].includes(process.replace(/^0+(?=.)/, ''))) return undefined;
  const thread = parseInt(alone ?? inProcess, 16);
  if (thread <= 0) return 'any';
  return thread <= processors ? thread - 1 : undefined;
}
