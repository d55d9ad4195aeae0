/** What goes between the kernel and the process in which a task is checked. */
import type { Diagnostic } from '../../sdk/diagnostic.js';
import type { Progress } from '../session/services.js';
import type { CheckReport, CheckRequest } from '../session/task-checks.js';

/** What the process is given: the same but for what cannot be sent. */
export type CheckOrder = Omit<CheckRequest, 'onProgress' | 'onOutput' | 'signal' | 'memory'> & { folder: string };

export type CheckMessage =
  | { type: 'progress'; step: Progress }
  | { type: 'report'; report: CheckReport }
  | { type: 'failed'; error: Error; user?: { message: string; hint?: string | undefined }; wrong?: Diagnostic[] };
