import { DiagnosticError } from '../../sdk/diagnostic.js';
import { KernelError } from '../core/evaluator.js';
import { UserError } from '../session/user-error.js';
import { diagnosticLines, toKernelError } from './errors.js';
import { ansiToHtml } from './html.js';
import { stripSgr } from './sgr.js';

const aborted = (reason?: unknown) => {
  const controller = new AbortController();
  controller.abort(reason);
  return controller.signal;
};

describe('errors', () => {
  test('a diagnostic: place, source line, caret under the column, hint', () => {
    const lines = diagnosticLines({ severity: 'error', file: 'a.c', line: 12, column: 3, message: 'no', sourceLine: '  x', hint: 'say y' });
    expect(lines.map(stripSgr)).toEqual(['a.c:12:3: error: no', '   12 |   x', '      |   ^', '  hint: say y']);
  });

  test('warnings beside the error stay, and the error is the message', () => {
    const error = toKernelError(
      new DiagnosticError('CompileError', [
        { severity: 'warning', file: '/w/a.c', line: 1, column: 1, message: 'unused' },
        { severity: 'error', file: '/w/a.c', line: 2, message: 'bad' },
      ]),
      undefined,
      (path) => path.replace('/w/', ''),
    );
    expect(error.ename).toBe('CompileError');
    expect(error.message).toBe('a.c:2: bad');
    expect(error.traceback.map(stripSgr)).toEqual(['a.c:1:1: warning: unused', 'a.c:2: error: bad']);
  });

  test('what was interrupted is a KeyboardInterrupt, whatever was thrown', () => {
    expect(toKernelError(new Error('killed'), aborted()).ename).toBe('KeyboardInterrupt');
    expect(toKernelError(new Error('x'), aborted(new KernelError('KeyboardInterrupt', 'mine'))).message).toBe('mine');
    expect(toKernelError(new DOMException('a', 'AbortError')).ename).toBe('KeyboardInterrupt');
  });

  test('hints follow the message; kernel errors pass', () => {
    expect(toKernelError(new UserError('RunError', 'no', 'do this')).traceback.map(stripSgr)).toEqual(['RunError: no', '  do this']);
    const error = new KernelError('X', 'y');
    expect(toKernelError(error)).toBe(error);
  });

  test('an error that nobody foresaw shows no stack', () => {
    const lines = toKernelError(new TypeError('x is undefined')).traceback;
    expect(lines.join('\n')).not.toMatch(/\bat /);
    expect(stripSgr(lines[0] ?? '')).toBe('InternalError: x is undefined');
  });

  test('errors of the SDK keep their names', () => {
    const error = new Error('no compiler\ninstall one');
    error.name = 'ToolchainError';
    expect(toKernelError(error).ename).toBe('ToolchainError');
    expect(toKernelError(error).traceback.map(stripSgr)).toEqual(['ToolchainError: no compiler', 'install one']);
  });
});

test.each([
  ['a<b', 'a&#60;b'],
  ['\x1b[1;31mx\x1b[0my', '<span style="color:#c9302c;font-weight:bold">x</span>y'],
  ['\x1b[38;5;196mx\x1b[0m', '<span style="color:rgb(255,0,0)">x</span>'],
  ['\x1b[38;2;1;2;3mx\x1b[0m', '<span style="color:rgb(1,2,3)">x</span>'],
  ['\x1b[7mx\x1b[27my', '<span style="color:#f6f8fa;background-color:#1f2328">x</span>y'],
])('%j as html', (text, html) => {
  expect(ansiToHtml(text)).toBe(html);
});
