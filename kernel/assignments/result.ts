/** The result of a hand-in, as its JSON has it. `result.schema.json` describes it. */

/** The version of the format. */
export const RESULT_FORMAT = 1;

export interface GradedCheck {
  name: string;
  passed: boolean;
  /** What was wrong. */
  failure?: string;
  /** Students are told neither its name nor what was wrong. */
  hidden?: boolean;
}

export interface GradedMark {
  name: string;
  task: string;
  points: number;
  of: number;
  /** Why there are not all points: the student's first mistake. */
  reason?: string;
  /** The hint of the task for it. */
  hint?: string;
  checks: GradedCheck[];
}

/** `graded`: with a mark. `not graded`: for a reason that is not the student's; try again. `unreadable`: no notebook. */
export type ResultState = 'graded' | 'not graded' | 'unreadable';

export interface GradingResult {
  format: typeof RESULT_FORMAT;
  /** What the files of the result are called: the student. */
  name: string;
  /** As it was named. */
  handIn: string;
  assignment: string;
  /** Of the hand-in and of the assignment: equal digests have equal marks. */
  digests: { handIn: string; assignment: string };
  state: ResultState;
  /** Why there is no mark. */
  reason?: string;
  /** Absent where there is no mark. */
  score?: number;
  total: number;
  marks: GradedMark[];
  /** What else a teacher should know. */
  notes: string[];
  /** The end of the console of the first task that lost points. */
  console?: string;
}

/** The sum without the dust of fractions. */
export const sumOf = (numbers: readonly number[]): number => Math.round(numbers.reduce((sum, each) => sum + each, 0) * 1e6) / 1e6;
