/**
 * The contents of requests, checked. Clients differ in what they leave out, so absent fields get the defaults of the
 * protocol; a field of the wrong type makes the request invalid.
 */
import type { JsonObject } from './json.js';

/** The request cannot be carried out as sent; the message names the field. */
export class InvalidRequest extends Error {
  override name = 'InvalidRequest';
}

export interface ExecuteRequest {
  code: string;
  silent: boolean;
  storeHistory: boolean;
  /** Expressions by name, to evaluate after the cell. */
  userExpressions: Record<string, string>;
  allowStdin: boolean;
  stopOnError: boolean;
}

export function parseExecute(content: object): ExecuteRequest {
  const silent = boolean(content, 'silent', false);
  const expressions = field(content, 'user_expressions') ?? {};
  if (typeof expressions !== 'object') throw new InvalidRequest("'user_expressions' must be an object");
  return {
    code: string(content, 'code'),
    silent,
    storeHistory: !silent && boolean(content, 'store_history', true),
    userExpressions: Object.fromEntries(Object.keys(expressions).map((name) => [name, string(expressions, name)])),
    allowStdin: boolean(content, 'allow_stdin', true),
    stopOnError: boolean(content, 'stop_on_error', true),
  };
}

export interface CursorRequest {
  code: string;
  /** In code points. */
  cursor: number;
}

export function parseCursor(content: object): CursorRequest {
  const code = string(content, 'code');
  return { code, cursor: number(content, 'cursor_pos', [...code].length) };
}

export function parseInspect(content: object): CursorRequest & { detail: 0 | 1 } {
  return { ...parseCursor(content), detail: number(content, 'detail_level', 0) === 1 ? 1 : 0 };
}

export function parseCode(content: object): string {
  return string(content, 'code');
}

export type HistoryRequest = { output: boolean } & (
  | { access: 'tail'; n: number }
  | { access: 'range'; session: number; start: number; stop: number | undefined }
  | { access: 'search'; n: number | undefined; pattern: string; unique: boolean }
);

export function parseHistory(content: object): HistoryRequest {
  const output = boolean(content, 'output', false);
  const access = string(content, 'hist_access_type');
  switch (access) {
    case 'tail':
      return { output, access, n: number(content, 'n', 10) };
    case 'range':
      return {
        output,
        access,
        session: number(content, 'session', 0),
        start: number(content, 'start', 0),
        stop: optionalNumber(content, 'stop'),
      };
    case 'search':
      return {
        output,
        access,
        n: optionalNumber(content, 'n'),
        pattern: (field(content, 'pattern') ?? undefined) === undefined ? '*' : string(content, 'pattern'),
        unique: boolean(content, 'unique', false),
      };
    default:
      throw new InvalidRequest(`'hist_access_type' is '${access}': expected tail, range or search`);
  }
}

/** The target whose comms are asked for; undefined for all. */
export function parseCommInfo(content: object): string | undefined {
  // Older clients send an empty name, or null.
  return field(content, 'target_name') ? string(content, 'target_name') : undefined;
}

export function parseSubshell(content: object): string {
  return string(content, 'subshell_id');
}

export function parseDebug(content: object): { seq: number; command: string } {
  return { seq: number(content, 'seq', 0), command: string(content, 'command') };
}

export function parseShutdown(content: object): { restart: boolean } {
  return { restart: boolean(content, 'restart', false) };
}

function field(content: object, name: string): JsonObject[string] | undefined {
  return (content as JsonObject)[name];
}

function string(content: object, name: string): string {
  const value = field(content, name);
  if (typeof value !== 'string') throw new InvalidRequest(`'${name}' must be a string`);
  return value;
}

function boolean(content: object, name: string, absent: boolean): boolean {
  const value = field(content, name) ?? absent;
  if (typeof value !== 'boolean') throw new InvalidRequest(`'${name}' must be true or false`);
  return value;
}

function optionalNumber(content: object, name: string): number | undefined {
  const value = field(content, name) ?? undefined;
  if (value !== undefined && typeof value !== 'number') throw new InvalidRequest(`'${name}' must be a number`);
  return value;
}

function number(content: object, name: string, absent: number): number {
  return optionalNumber(content, name) ?? absent;
}
