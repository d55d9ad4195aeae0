import type { ErrorContent } from '../protocol/published.js';
import { KernelError } from './evaluator.js';

/** Makes an error of whatever was thrown. */
export function errorContent(thrown: unknown): ErrorContent {
  if (thrown instanceof KernelError) {
    return { ename: thrown.ename, evalue: thrown.message, traceback: thrown.traceback };
  }
  if (thrown instanceof Error) {
    const evalue = thrown.message;
    return { ename: thrown.name, evalue, traceback: (thrown.stack ?? `${thrown.name}: ${evalue}`).split('\n') };
  }
  const evalue = String(thrown);
  return { ename: 'Error', evalue, traceback: [`Error: ${evalue}`] };
}

/** The reply to a cell that was not run because one before it failed. */
export const ABORTED: ErrorContent = {
  ename: 'ExecutionAborted',
  evalue: 'not run, because a cell before it failed',
  traceback: [],
};
