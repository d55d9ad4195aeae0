export const USAGE = 'usage: microkit [-h] [-o OUTPUT] [-r REPORT] --board BOARD --config CONFIG [--search-path [SEARCH_PATH ...]] system';

/** What `-h` prints below the usage; BOARDS is the list of the SDK's boards. */
export const HELP_REST = `
positional arguments:
  system

options:
  -h, --help, show this help message and exit
  -o, --output OUTPUT
  -r, --report REPORT
  --board BOARDS
  --config CONFIG
  --search-path [SEARCH_PATH ...]
  --image-type {binary}
  --override-kernel KERNEL, build with another kernel than the SDK's
  --capdl-json FILE, --viper-output DIRECTORY: taken for the sake of Makefiles, and nothing is written
`;

export interface Arguments {
  system: string;
  board: string;
  config: string;
  report: string;
  output: string;
  searchPaths: string[];
  /** The kernel's ELF file, where it is not that of the SDK. */
  kernel?: string | undefined;
  /** Options that ask for files which this tool does not make. */
  ignored: string[];
}

export type Parsed =
  | { kind: 'arguments'; arguments: Arguments }
  | { kind: 'help' }
  /** `usage`: the usage line goes to stdout first. */
  | { kind: 'refused'; usage: boolean; message?: string };

type ValueName = 'output' | 'report' | 'board' | 'config' | 'imageType' | 'kernel' | 'capdl' | 'viper';

/** Options that take one value, by each of their names, with the name that complaints give them. */
const VALUED: ReadonlyMap<string, { key: ValueName; shown: string }> = new Map([
  ['-o', { key: 'output', shown: '-o/--output' }],
  ['--output', { key: 'output', shown: '-o/--output' }],
  ['-r', { key: 'report', shown: '-r/--report' }],
  ['--report', { key: 'report', shown: '-r/--report' }],
  ['--board', { key: 'board', shown: '--board' }],
  ['--config', { key: 'config', shown: '--config' }],
  ['--image-type', { key: 'imageType', shown: '--image-type' }],
  ['--override-kernel', { key: 'kernel', shown: '--override-kernel' }],
  ['--capdl-json', { key: 'capdl', shown: '--capdl-json' }],
  ['--viper-output', { key: 'viper', shown: '--viper-output' }],
]);

interface Words {
  values: Partial<Record<ValueName, string>>;
  searchPaths: string[];
  /** All that belong to no option: there should be one. */
  others: string[];
}

/** Parses the words after `microkit` as Microkit's tool does: `--search-path` takes every word up to the next option. */
export function parseArguments(argv: readonly string[]): Parsed {
  if (argv.length === 0) return { kind: 'refused', usage: true };
  const sorted = sortWords(argv);
  if ('kind' in sorted) return sorted;
  const { values, searchPaths, others } = sorted;
  const [system, ...unknown] = others;
  if (unknown.length > 0) return { kind: 'refused', usage: true, message: `unrecognised arguments: ${unknown.join(' ')}` };
  const { board, config, output = 'loader.img', report = 'report.txt' } = values;
  if (board === undefined || config === undefined || system === undefined) {
    const missing = [board === undefined && '--board', config === undefined && '--config', system === undefined && 'system'];
    return {
      kind: 'refused',
      usage: true,
      message: `the following arguments are required: ${missing.filter(Boolean).join(', ')}`,
    };
  }
  const { imageType, kernel, capdl, viper } = values;
  if (imageType !== undefined && imageType !== 'binary') {
    return { kind: 'refused', usage: false, message: `argument --image-type: '${imageType}': this SDK makes binary images only` };
  }
  const ignored = Object.entries({ '--capdl-json': capdl, '--viper-output': viper }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  return { kind: 'arguments', arguments: { system, board, config, output, report, searchPaths, kernel, ignored } };
}

/** What each word belongs to; or, where that settles it, the answer. */
function sortWords(argv: readonly string[]): Words | Parsed {
  const words: Words = { values: {}, searchPaths: [], others: [] };
  const rest = argv.values();
  let inSearchPath = false;
  for (const word of rest) {
    const option = VALUED.get(word);
    if (word === '-h' || word === '--help') return { kind: 'help' };
    if (option) {
      inSearchPath = false;
      const value = rest.next();
      if (value.done) return { kind: 'refused', usage: false, message: `argument ${option.shown}: expected one argument` };
      words.values[option.key] = value.value;
    } else if (word === '--search-path') inSearchPath = true;
    else (inSearchPath ? words.searchPaths : words.others).push(word);
  }
  return words;
}
