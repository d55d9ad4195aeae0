/** Assignments by the metadata that nbgrader gives cells, and marks by its rules, for notebooks that have been executed. */
import { createHash } from 'node:crypto';
import type { JsonObject, JsonValue } from '../protocol/json.js';
import { UserError } from '../session/user-error.js';
import type { Cell, Notebook, Output } from './format.js';

/** `metadata.nbgrader` of a cell, version 1 to 3 of its schema. */
interface Role {
  id: string;
  /** Has points. */
  grade: boolean;
  /** Written by the student. */
  solution: boolean;
  /** Has points, is not code to be run, and may be answered in any cells. */
  task: boolean;
  /** Restored before grading. */
  locked: boolean;
  points: number;
  checksum: string | undefined;
}

export interface Mark {
  /** The cell's `grade_id`. */
  id: string;
  /** Undefined where a person has to give them. */
  points: number | undefined;
  of: number;
  /** Why there are not all points. */
  reason?: string;
}

const NEWEST_SCHEMA = 3;

/** `metadata.nbgrader` of a cell that the student writes, or of a locked test with points. */
export function nbgraderMetadata(id: string, kind: 'solution' | 'test', points = 0): JsonObject {
  const test = kind === 'test';
  return { schema_version: NEWEST_SCHEMA, grade: test, solution: !test, locked: test, task: false, grade_id: id, ...(test && { points }) };
}

function roleOf(cell: Cell): Role | undefined {
  const { nbgrader } = cell.metadata;
  if (!isObject(nbgrader)) return undefined;
  const [grade, solution, task] = [nbgrader.grade === true, nbgrader.solution === true, nbgrader.task === true];
  const locked = !solution && (grade || nbgrader.locked === true);
  if (!grade && !solution && !task && !locked) return undefined;
  const { id, points } = checked(nbgrader, grade || task, cell);
  const checksum = typeof nbgrader.checksum === 'string' ? nbgrader.checksum : undefined;
  return { id, grade, solution, task, locked, points, checksum };
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws UserError for metadata by which no marks can be given. */
function checked(
  { grade_id: id, schema_version: version, points }: JsonObject,
  hasPoints: boolean,
  cell: Cell,
): { id: string; points: number } {
  const unusable = (what: string) => new UserError('NotebookError', `cell ${cell.id} cannot be graded: ${what}`);
  if (typeof id !== 'string' || id === '') throw unusable('it has no grade_id');
  if (typeof version === 'number' && version > NEWEST_SCHEMA)
    throw unusable(`its metadata are of version ${version}, which is newer than ${NEWEST_SCHEMA}`);
  const of = Number(points ?? 0);
  if (hasPoints && !(typeof points === 'number' && of >= 0 && Number.isFinite(of))) throw unusable('it has no number of points');
  return { id, points: of };
}

/** Cells with a part in grading, by their `grade_id`. Of several with the same, the last is meant. */
function gradedCells(notebook: Notebook): Map<string, { cell: Cell; role: Role }> {
  const cells = new Map<string, { cell: Cell; role: Role }>();
  for (const cell of notebook.cells) {
    const role = roleOf(cell);
    if (!role) continue;
    const earlier = cells.get(role.id);
    if (earlier) delete earlier.cell.metadata.nbgrader;
    cells.delete(role.id);
    cells.set(role.id, { cell, role });
  }
  return cells;
}

/**
 * Gives cells back what their teacher has fixed: points, who writes them, and the text of those that are locked. `source` is
 * the teacher's notebook or what was released of it. Cells that it does not know count for nothing.
 *
 * @returns what had been changed, in words.
 */
export function restoreFixed(submitted: Notebook, source: Notebook): string[] {
  const changes: string[] = [];
  const fixed = gradedCells(source);
  for (const [id, { cell }] of gradedCells(submitted)) {
    const original = fixed.get(id);
    if (!original) {
      changes.push(`cell ${id} is not the teacher's`);
      delete cell.metadata.nbgrader;
      continue;
    }
    const checksum = original.role.checksum ?? roleOf(cell)?.checksum;
    const before = JSON.stringify({ ...roleOf(cell), checksum });
    cell.metadata.nbgrader = { ...(original.cell.metadata.nbgrader as object), ...(checksum === undefined ? {} : { checksum }) };
    if (before !== JSON.stringify(roleOf(cell))) changes.push(`the points or the kind of cell ${id} had been changed`);
    if (cell.cell_type !== original.cell.cell_type) {
      changes.push(`cell ${id} had become a ${cell.cell_type} cell`);
      cell.cell_type = original.cell.cell_type;
    }
    if (!original.role.locked) continue;
    if (cell.source !== original.cell.source) changes.push(`the text of cell ${id} had been changed`);
    cell.source = original.cell.source;
    // With its tags, which could keep it from being executed.
    cell.metadata = { ...original.cell.metadata, nbgrader: cell.metadata.nbgrader };
  }
  return changes;
}

/** The marks of an executed notebook. Those of cells that only `source` has are 0. */
export function marksOf(executed: Notebook, source?: Notebook): Mark[] {
  const graded = gradedCells(executed);
  const marks = [...graded.values()].filter(({ role }) => role.grade || role.task).map(({ cell, role }) => markOf(cell, role));
  for (const [id, { role }] of source ? gradedCells(source) : []) {
    if ((role.grade || role.task) && !graded.has(id)) marks.push({ id, points: 0, of: role.points, reason: 'the cell is missing' });
  }
  return marks;
}

function markOf(cell: Cell, role: Role): Mark {
  const mark = (points: number | undefined, reason?: string): Mark => ({
    id: role.id,
    points,
    of: role.points,
    ...(reason === undefined ? {} : { reason }),
  });
  if (role.grade && role.solution && role.checksum === checksumOf(cell, role)) return mark(0, 'no answer');
  if (role.task || role.solution || cell.cell_type !== 'code') return mark(undefined, 'to be graded by hand');
  if (cell.source.trim() !== '' && cell.execution_count === null) return mark(0, 'the cell was not run');
  for (const output of cell.outputs) {
    const failure = failureOf(output);
    if (failure !== undefined) return mark(0, failure);
    if (output.output_type === 'execute_result') {
      const points = partialPoints(output.data['text/plain'], role);
      return mark(points, points < role.points ? 'some of the points' : undefined);
    }
  }
  return mark(role.points);
}

function failureOf(output: Output): string | undefined {
  if (output.output_type === 'error') return `${output.ename}: ${output.evalue}`;
  return output.output_type === 'stream' && output.name === 'stderr' ? `on stderr: ${output.text.trim()}` : undefined;
}

/** A value of a test cell from 0 on is its number of points; any other value gives all. */
function partialPoints(value: unknown, { id, points }: Role): number {
  const text = typeof value === 'string' ? value.trim() : '';
  // A number as Python reads it, in the forms that TypeScript shows.
  const given = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || /^\+?Infinity$/.test(text) ? Number(text) : -1;
  if (given > points) throw new UserError('NotebookError', `cell ${id} cannot be graded: it gives ${text} of ${points} points`);
  return given >= 0 ? given : points;
}

/** nbgrader's digest of what it wants unchanged; of a solution's, that nobody has answered. */
function checksumOf(cell: Cell, { id, grade, solution, locked, points }: Role): string {
  const python = (flag: boolean): string => (flag ? 'True' : 'False');
  const parts = [cell.source, cell.cell_type, python(grade), python(solution), python(locked), id];
  if (grade) parts.push(Number.isInteger(points) ? `${points}.0` : String(points));
  return createHash('md5').update(parts.join(''), 'utf8').digest('hex');
}
