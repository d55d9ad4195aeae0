import { DiagnosticError } from '../../diagnostic.js';
import type { Files } from './files.js';
import { type Answer, type Operation, wholeFile } from './protocol.js';
import { TimeExceeded, type CompilerServer } from './server.js';
import { MachineToolchain } from './toolchain.js';

const encoder = new TextEncoder();

/** Files in memory, and a machine that answers as it is told. */
function bench(texts: Record<string, string>, answer: (operations: readonly Operation[]) => Answer[] | Promise<Answer[]>) {
  const disk = new Map<string, Uint8Array>(Object.entries(texts).map(([path, text]) => [path, encoder.encode(text)]));
  const requests: Operation[][] = [];
  const limits: (number | undefined)[] = [];
  const starts: { isOver: boolean }[] = [];
  const files: Files = {
    stamp: async (path) => disk.get(path) && Buffer.from(disk.get(path)!).toString(),
    read: async (path) => disk.get(path)!,
    list: async () => [],
    write: async (path, bytes) => void disk.set(path, bytes),
  };
  let ready: Promise<void> = Promise.resolve();
  const start = async (): Promise<CompilerServer> => {
    await ready;
    const server = {
      isOver: false,
      request: async (operations: Operation[], limit?: number) => {
        limits.push(limit);
        requests.push(operations);
        return answer(operations);
      },
      dispose: async () => void (server.isOver = true),
    };
    starts.push(server);
    return server as unknown as CompilerServer;
  };
  const toolchain = new MachineToolchain({ name: 'gcc', identity: 'gcc', files, machines: { start }, headers: '/own' });
  const written = (index: number): string[] => requests[index]!.flatMap((each) => (each.kind === 'write' ? [each.path] : []));
  const startsAfter = (wanted: Promise<void>): void => void (ready = wanted);
  return { toolchain, disk, requests, limits, starts, startsAfter, written };
}

/** All programs do well, and their outputs are `content`. */
const fine =
  (content = 'object') =>
  (operations: readonly Operation[]): Answer[] =>
    operations.flatMap((each): Answer[] => {
      if (each.kind === 'run') return [{ kind: 'ran', status: 0, said: '' }];
      return each.kind === 'read' ? [{ kind: 'file', file: wholeFile(encoder.encode(content)) }] : [];
    });

test('only what has changed goes into the machine again, and what is gone is taken out', async () => {
  const { toolchain, disk, requests, written } = bench({ '/a.c': '#include "a.h"\n', '/a.h': '1' }, fine());
  const request = { source: '/a.c', output: '/a.o', includeDirs: ['/inc'] };
  await toolchain.compile(request);
  expect(written(0)).toEqual(['/a.c', '/a.h']);
  expect(disk.get('/a.o')).toEqual(encoder.encode('object'));
  await toolchain.compile(request);
  expect(written(1)).toEqual([]);
  disk.delete('/a.h');
  disk.set('/inc/a.h', encoder.encode('2'));
  await toolchain.compile(request);
  expect(written(2)).toEqual(['/inc/a.h']);
  expect(requests[2]).toContainEqual({ kind: 'delete', path: '/a.h' });
});

test('complaints have places and lines, and leave no object', async () => {
  const said = JSON.stringify([
    { kind: 'error', message: 'bad', locations: [{ caret: { file: '/a.c', line: 2, column: 3 } }], children: [] },
  ]);
  const { toolchain, disk } = bench({ '/a.c': 'one\ntwo\n' }, () => [
    { kind: 'ran', status: 1, said },
    { kind: 'ran', status: undefined, said: '' },
    { kind: 'file', file: undefined },
  ]);
  const error = await toolchain.compile({ source: '/a.c', output: '/a.o' }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DiagnosticError);
  expect((error as DiagnosticError).diagnostics).toEqual([
    { severity: 'error', file: '/a.c', line: 2, column: 3, message: 'bad', sourceLine: 'two' },
  ]);
  expect(disk.has('/a.o')).toBe(false);
});

test.each([
  [4, 'gcc ended with status 4: odd; words'],
  [137, 'gcc needs more memory than its machine has: odd; words'],
])('a program that ends with %i is complained about with all that it said', async (status, message) => {
  const { toolchain } = bench({ '/a.o': '' }, () => [
    { kind: 'ran', status, said: 'odd\nwords' },
    { kind: 'file', file: undefined },
  ]);
  await expect(toolchain.link({ objects: ['/a.o'], output: '/a.elf' })).rejects.toThrow(message);
});

test("a source that is somebody else's sees its own folder and those that are searched, and has a limit", async () => {
  const texts = {
    '/in/a.c': '#include "../secret"\n#include "/etc/secret"\n#include <b.h>\n',
    '/in/../secret': '',
    '/etc/secret': '',
    '/inc/b.h': '',
  };
  const { toolchain, limits, written } = bench(texts, fine());
  const request = { source: '/in/a.c', output: '/a.o', includeDirs: ['/inc'] };
  await toolchain.compile({ ...request, caged: true });
  expect(written(0)).toEqual(['/in/a.c', '/inc/b.h']);
  await toolchain.compile(request);
  expect(written(1)).toEqual(['/in/../secret', '/etc/secret']);
  expect(limits).toEqual([30e9, undefined]);

  const slow = bench(texts, () => {
    throw new TimeExceeded();
  });
  const error = await slow.toolchain.compile({ ...request, caged: true }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DiagnosticError);
  expect((error as Error).message).toContain('takes longer than 30 s');
});

test('a file that only the compiler knows the name of is sent when it asks', async () => {
  const { toolchain, written } = bench({ '/a.S': 'file x\n', '/inc/data.x': 'data' }, (operations) =>
    operations.some((each) => each.kind === 'write' && each.path === '/inc/data.x')
      ? fine()(operations)
      : [
          { kind: 'ran', status: 0, said: '' },
          { kind: 'ran', status: 1, said: '/a.S:1: Error: file not found: data.x' },
          { kind: 'file', file: undefined },
        ],
  );
  await expect(toolchain.compile({ source: '/a.S', output: '/a.o', includeDirs: ['/inc'] })).resolves.toEqual([]);
  expect(written(1)).toEqual(['/inc/data.x']);
});

test('other languages are refused with what to do', async () => {
  const { toolchain } = bench({ '/a.cpp': '' }, fine());
  await expect(toolchain.compile({ source: '/a.cpp', output: '/a.o' })).rejects.toThrow(
    /a\.cpp is neither\n.*C\+\+ and Rust need another compiler/,
  );
});

test('an abort ends the machine, and the next request starts another with all its files', async () => {
  const abort = new AbortController();
  let first = true;
  const { toolchain, starts, written } = bench({ '/a.c': '' }, (operations) => {
    if (!first) return fine()(operations);
    first = false;
    abort.abort(new Error('interrupted'));
    throw new Error('switched off');
  });
  const request = { source: '/a.c', output: '/a.o' };
  await expect(toolchain.compile({ ...request, signal: abort.signal })).rejects.toThrow('interrupted');
  await toolchain.compile(request);
  expect(starts.map(({ isOver }) => isOver)).toEqual([true, false]);
  expect(written(1)).toEqual(['/a.c']);
});

test('an abort does not wait for a machine that starts, and the next request takes that one', async () => {
  const { toolchain, starts, startsAfter } = bench({ '/a.c': '' }, fine());
  let isReady = (): void => undefined;
  startsAfter(new Promise((resolve) => (isReady = resolve)));
  const abort = new AbortController();
  const request = { source: '/a.c', output: '/a.o' };
  const aborted = toolchain.compile({ ...request, signal: abort.signal });
  await new Promise(setImmediate);
  abort.abort(new Error('interrupted'));
  await expect(aborted).rejects.toThrow('interrupted');
  isReady();
  await toolchain.compile(request);
  expect(starts).toEqual([expect.objectContaining({ isOver: false })]);
});

test('requests are served one after the other', async () => {
  let running = 0;
  const { toolchain } = bench({ '/a.c': '', '/b.c': '' }, async (operations) => {
    expect(++running).toBe(1);
    await Promise.resolve();
    running--;
    return fine()(operations);
  });
  await Promise.all(['/a', '/b'].map((stem) => toolchain.compile({ source: `${stem}.c`, output: `${stem}.o` })));
});
