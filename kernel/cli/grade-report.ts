import { XMLBuilder } from 'fast-xml-parser';
import { firstLine } from '../assignments/first-mistake.js';
import type { GradingResult } from '../assignments/result.js';
import type { Mark } from '../notebook/nbgrader.js';
import { tableText } from '../render/table.js';

export interface GradedNotebook {
  /** As it was named. */
  path: string;
  marks: Mark[];
  /** What had been changed of what the teacher has fixed. */
  restored: string[];
  /** Why there are no marks. */
  error?: string;
}

const sum = (numbers: number[]): number => Math.round(numbers.reduce((total, number) => total + number, 0) * 1e6) / 1e6;
const byHand = ({ points }: Mark): boolean => points === undefined;

/** `score` leaves out what is to be graded by hand; `total` does not. */
function totals(marks: Mark[]): { score: number; total: number; byHand: number } {
  return {
    score: sum(marks.map(({ points = 0 }) => points)),
    total: sum(marks.map(({ of }) => of)),
    byHand: sum(marks.filter(byHand).map(({ of }) => of)),
  };
}

export function gradeText({ path, marks, restored, error }: GradedNotebook): string {
  if (error !== undefined) return `${path}: not graded\n  ${error.split('\n').join('\n  ')}`;
  const { score, total, byHand: open } = totals(marks);
  const title = `${path}: ${score} of ${total} points${open > 0 ? `, ${open} to be graded by hand` : ''}`;
  const rows = marks.map(({ id, points, of, reason }) => [id, String(points ?? '-'), String(of), firstLine(reason ?? '')]);
  const table = rows.length > 0 ? [tableText({ head: ['cell', 'points', 'of', ''], rows, right: [1, 2] })] : ['  no cell has points'];
  return [title, ...table, ...restored.map((change) => `  restored: ${change}`)].join('\n');
}

/** A result by files, for a report. */
export const resultAsGraded = ({ name, state, reason = '', marks, notes }: GradingResult): GradedNotebook => ({
  path: name,
  marks: marks.map(({ name: id, points, of, reason: why }) => ({ id, points, of, ...(why !== undefined && { reason: why }) })),
  restored: notes,
  ...(state !== 'graded' && { error: `${state}: ${reason}` }),
});

/** A result in a few lines: the points, and why some are missing. */
export function resultText({ name, state, reason = '', score = 0, total, marks, notes }: GradingResult): string {
  if (state !== 'graded') return `${name}: ${state}: ${reason}`;
  const lost = marks.flatMap((mark) =>
    mark.points < mark.of ? [`  ${mark.name}: ${mark.points} of ${mark.of}: ${firstLine(mark.reason ?? '')}`] : [],
  );
  return [`${name}: ${score} of ${total} points`, ...lost, ...notes.map((note) => `  ${note}`)].join('\n');
}

export function gradeJson(notebooks: GradedNotebook[]): string {
  const described = notebooks.map(({ path, marks, restored, error }) =>
    error === undefined
      ? {
          path,
          ...totals(marks),
          cells: marks.map(({ id, points, of, reason }) => ({
            id,
            points: points ?? null,
            of,
            ...(reason === undefined ? {} : { reason }),
          })),
          restored,
        }
      : { path, error },
  );
  return JSON.stringify({ notebooks: described }, undefined, 2);
}

/** A suite for each notebook and a case for each cell: failed without all points, skipped when it is to be graded by hand. */
export function gradeJunit(notebooks: GradedNotebook[]): string {
  const suites = notebooks.map(({ path, marks, error }) => {
    const { score, total } = totals(marks);
    const counts = { tests: marks.length, failures: marks.filter(lost).length, skipped: marks.filter(byHand).length, errors: 0 };
    if (error !== undefined) {
      const test = {
        ...named({ name: 'notebook', classname: path }),
        error: { ...named({ message: firstLine(error) }), '#text': plain(error) },
      };
      return { ...named({ name: path, ...counts, tests: 1, errors: 1 }), testcase: [test] };
    }
    const properties = { property: [named({ name: 'score', value: score }), named({ name: 'total', value: total })] };
    return { ...named({ name: path, ...counts }), properties, testcase: marks.map((mark) => testCase(path, mark)) };
  });
  const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', format: true, suppressEmptyNode: true });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ testsuites: { testsuite: suites } })}`;
}

const lost = ({ points, of }: Mark): boolean => points !== undefined && points < of;

function testCase(path: string, mark: Mark): object {
  const { id, points, of, reason = '' } = mark;
  const test = named({ name: id, classname: path });
  if (byHand(mark)) return { ...test, skipped: named({ message: reason }) };
  if (!lost(mark)) return test;
  return { ...test, failure: { ...named({ message: `${points} of ${of} points: ${firstLine(reason)}` }), '#text': plain(reason) } };
}

const named = (attributes: Record<string, string | number>): Record<string, string> =>
  Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`@${name}`, plain(String(value))]));

/** Text that XML can hold. */
const plain = (text: string): string => text.replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '');
