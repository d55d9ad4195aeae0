/** From program images to loader.img and report: by our tool, or by the tool of a real SDK. */
import { promises as fs, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DiagnosticError, type Diagnostic } from '../diagnostic.js';
import { run } from '../process.js';
import { buildImage, type SystemDescription } from '../tool/index.js';
import { BOARD, type Config } from './components.js';
import { digest } from './digest.js';

export interface ImageRequest {
  system: SystemDescription;
  systemFile: string;
  sdk: string;
  config: Config;
  /** Program images by the path that the description gives. */
  programs: ReadonlyMap<string, string>;
  signal?: AbortSignal | undefined;
}

export interface BuiltImage {
  image: Uint8Array;
  report: string;
  warnings: Diagnostic[];
}

export function buildWithOwnTool(request: ImageRequest): BuiltImage {
  return buildImage({
    system: request.system,
    board: BOARD,
    config: request.config,
    sdk: request.sdk,
    findImage: (path) => {
      const file = request.programs.get(path);
      return file === undefined ? undefined : readFileSync(file);
    },
  });
}

/** Runs `bin/microkit` of the SDK. Its complaints are lines without a common form; the position is at their end. */
export async function buildWithSdkTool(request: ImageRequest, scratch: string): Promise<BuiltImage> {
  const image = join(scratch, 'loader.img');
  const report = join(scratch, 'report.txt');
  const folders = [...new Set([...request.programs.values()].map((file) => dirname(file)))];
  const result = await run(
    join(request.sdk, 'bin', 'microkit'),
    [request.systemFile, '--search-path', ...folders, '--board', BOARD, '--config', request.config, '-o', image, '-r', report],
    { cwd: scratch, signal: request.signal, env: { ...process.env, MICROKIT_SDK: request.sdk } },
  );
  const said = `${result.stdout}\n${result.stderr}`.split('\n').map((line) => line.trim());
  if (result.status !== 0) {
    const complaints = said.filter((line) => /^(error|could not|invalid)/i.test(line));
    const lines =
      complaints.length > 0 ? complaints : [result.stderr.trim().split('\n')[0] || `microkit ended with status ${result.status}`];
    throw new DiagnosticError(
      'SystemDescriptionError',
      lines.map((line) => placed('error', line.replace(/^error:\s*/i, ''), request.systemFile)),
    );
  }
  return {
    image: await fs.readFile(image),
    report: await fs.readFile(report, 'utf8'),
    warnings: said
      .filter((line) => /^warning:/i.test(line))
      .map((line) => placed('warning', line.replace(/^warning:\s*/i, ''), request.systemFile)),
  };
}

/** `message: file:line:column` or `message @ file:line:column`. */
function placed(severity: Diagnostic['severity'], text: string, file: string): Diagnostic {
  const [, message, line, column] = /^(.*?)\s*[:@]\s*\S+:(\d+):(\d+)$/.exec(text) ?? [];
  return message === undefined
    ? { severity, file, message: text }
    : { severity, file, line: Number(line), column: Number(column), message };
}

/** Changes with whatever turns program images into a loader image. */
export async function toolIdentity(sdk: string, embedded: boolean): Promise<string> {
  if (!embedded) {
    const { size, mtimeMs } = await fs.stat(join(sdk, 'bin', 'microkit'));
    return digest(sdk, await fs.readFile(join(sdk, 'VERSION'), 'utf8').catch(() => ''), `${size} ${mtimeMs}`);
  }
  return digest(sdk, ...(ownTool ??= ownToolFiles()));
}

/** Names and contents of this package's tool and of what it reads files with. What runs was loaded from them, so they are read once. */
let ownTool: (string | Buffer)[] | undefined;

function ownToolFiles(): (string | Buffer)[] {
  return [join(__dirname, '..', 'tool'), join(__dirname, '..', '..', 'formats')].flatMap((folder) => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.[jt]s$/.test(path) && !path.includes('.test.'))
      .sort();
    return [...files, ...files.map((path) => readFileSync(join(folder, path)))];
  });
}
