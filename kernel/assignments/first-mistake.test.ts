import { commonestMistakes } from '../cli/grade-summary.js';
import { feedbackNotebook } from './feedback.js';
import { firstMistake, toldToStudents } from './first-mistake.js';
import { type GradedMark, type GradingResult, RESULT_FORMAT } from './result.js';
import { ASSIGNMENT, handIn, RIGHT } from './testing/hand-ins.js';

const mark = (more: Partial<GradedMark>): GradedMark => ({ name: 'plays', task: 'plays', points: 2, of: 4, checks: [], ...more });
const passed = { name: 'it starts', passed: true };
const failed = { name: 'the word is taken', passed: false, failure: 'It is "hello".\nIt should be "dumpy".' };
const REASON = `${failed.name}: ${failed.failure}`;

/** How a mark is called on the page of the student and in the table of a class. */
test.each<[string, GradedMark, string, string]>([
  ['a check', mark({ checks: [passed, failed], reason: REASON }), 'the word is taken: It is "hello".', 'the word is taken'],
  [
    'a check that students are not shown',
    mark({ checks: [{ ...failed, hidden: true }], reason: REASON }),
    'a check that is not shown has failed',
    'the word is taken',
  ],
  ['what does not build', mark({ points: 0, reason: 'a.c:1: no semicolon\nmore' }), 'a.c:1: no semicolon', 'a.c:1: no semicolon'],
  [
    'a cell that could not be used, before what follows from it',
    mark({ checks: [failed], reason: `the cell cannot be used\n${REASON}` }),
    'the cell cannot be used',
    'the cell cannot be used',
  ],
  ['a check without words', mark({ checks: [{ name: 'it ends', passed: false }], reason: 'it ends: undefined' }), 'it ends', 'it ends'],
])('%s is the same mistake on both pages', (_, each, student, teacher) => {
  const mistake = firstMistake(each);
  expect([mistake && toldToStudents(mistake), mistake?.what]).toEqual([student, teacher]);
  const digests = { handIn: '1', assignment: ASSIGNMENT.digest };
  const about = { format: RESULT_FORMAT, name: 'ada', handIn: 'ada.ipynb', assignment: 'part4', digests, state: 'graded' } as const;
  const result: GradingResult = { ...about, score: each.points, total: 4, marks: [each], notes: [] };
  const [summary] = feedbackNotebook(handIn(RIGHT), result, ASSIGNMENT).cells;
  expect(summary?.source).toContain(`| ${student} |`);
  expect(commonestMistakes([result])).toEqual([{ mistake: teacher, students: 1, marks: ['plays'] }]);
});

test('with all points there is none', () => {
  expect(firstMistake(mark({ points: 4, checks: [passed] }))).toBeUndefined();
});
