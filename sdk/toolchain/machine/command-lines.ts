/**
 * The command lines of cc1, as, ld and ar that GCC's driver would write for a request: there is no driver in the machine.
 * The order is the driver's too, since cc1 writes its options into the debug information (GCC, gcc/gcc.cc: `cpp_unique_options`,
 * `cc1_options`, `asm_options`; gcc/config/aarch64/aarch64.h).
 */
import { FREESTANDING, type CompileRequest, type LinkRequest } from '../toolchain.js';
import { nameOf, pathInside } from './files.js';

/** Where the server has its own files, apart from those of the host. */
export const INSIDE = '/.machine';
const ASSEMBLY = `${INSIDE}/tmp/assembly.s`;

const loaded = (program: string): string[] => [
  `${INSIDE}/lib/ld-linux-aarch64.so.1`,
  '--library-path',
  `${INSIDE}/lib`,
  `${INSIDE}/bin/${program}`,
];

const PROCESSOR = '-mcpu=cortex-a53';
/** What the driver makes of the processor for the assembler, which knows fewer of them. */
const ARCHITECTURE = '-march=armv8-a+crc';

export type Language = 'c' | 'assembly' | 'preprocessed assembly';

/** What a source is, by its name, as GCC's driver has it; undefined: nothing that this compiler takes. */
export function languageOf(source: string): Language | undefined {
  if (/\.c$/.test(source)) return 'c';
  if (/\.(S|sx)$/.test(source)) return 'assembly';
  return /\.s$/.test(source) ? 'preprocessed assembly' : undefined;
}

/** Options by what the driver does with them. Those that take a word after them have it. */
interface SortedFlags {
  preprocessor: string[][];
  machine: string[];
  debug: string[];
  optimization: string[];
  warnings: string[];
  standard: string[];
  other: string[];
  assembler: string[];
}

/** Options of the preprocessor that may have their word apart. */
const WITH_WORD = /^-(I|D|U|isystem|iquote|idirafter|include|imacros|iprefix|iwithprefix|iwithprefixbefore|isysroot)$/;

function sorted(flags: readonly string[]): SortedFlags {
  const result: SortedFlags = {
    preprocessor: [],
    machine: [],
    debug: [],
    optimization: [],
    warnings: [],
    standard: [],
    other: [],
    assembler: [],
  };
  for (let at = 0; at < flags.length; at++) {
    const flag = flags[at]!;
    const next = flags[at + 1];
    if (WITH_WORD.test(flag) && next !== undefined) {
      result.preprocessor.push([flag, next]);
      at++;
    } else if (/^-[IDUi]/.test(flag)) result.preprocessor.push([flag]);
    else if (flag.startsWith('-Wa,')) result.assembler.push(...flag.slice(4).split(','));
    else if (flag.startsWith('-m')) result.machine.push(flag);
    else if (flag.startsWith('-g')) result.debug.push(flag);
    else if (flag.startsWith('-O')) result.optimization.push(flag);
    else if (/^-(W|pedantic|w$)/.test(flag)) result.warnings.push(flag);
    else if (/^-(std=|ansi|trigraphs)/.test(flag)) result.standard.push(flag);
    // The linker's, which the driver does not hand on either.
    else if (flag !== '-nostdlib') result.other.push(flag);
  }
  return result;
}

/** One option overrides the other, and the driver drops the first. */
const FIXED = FREESTANDING.filter((flag) => flag !== '-fno-pic');

/** A request with what is made of it for all of its programs. */
interface Compilation {
  request: CompileRequest;
  language: Language;
  /** Folder of the compiler's own headers. */
  headers: string;
  flags: SortedFlags;
  source: string;
  output: string;
  /** `-I` and what they name. */
  folders: string[];
  /** There is debug information to make. */
  debugs: boolean;
}

/** What a request runs, in this order; the last one makes its output. @param headers folder of the compiler's own */
export function compilation(request: CompileRequest, language: Language, headers: string): string[][] {
  const flags = sorted([PROCESSOR, ...FIXED, ...(request.flags ?? [])]);
  const compilation: Compilation = {
    request,
    language,
    headers,
    flags,
    source: pathInside(request.source),
    output: pathInside(request.output),
    folders: [...ofPreprocessor(flags, 'I'), ...(request.includeDirs ?? []).flatMap((folder) => ['-I', pathInside(folder)])],
    debugs: flags.debug.some((flag) => flag !== '-g0'),
  };
  if (language === 'preprocessed assembly') return [assembler(compilation, compilation.source)];
  if (request.stage !== undefined) return [compiler(compilation, compilation.output)];
  return [compiler(compilation, ASSEMBLY), assembler(compilation, ASSEMBLY)];
}

/** Those whose second character is one of these, with their words. */
const ofPreprocessor = (flags: SortedFlags, letters: string): string[] =>
  flags.preprocessor
    .filter(([flag = '']) => letters.includes(flag[1]!))
    .flat()
    .map(pathInside);

/** Of cc1, which the preprocessor is part of. */
function compiler(compilation: Compilation, output: string): string[] {
  const { request, language, flags, source, debugs } = compilation;
  const machine = [...flags.machine, '-mlittle-endian', '-mabi=lp64'];
  const name = ['-dumpbase', nameOf(source), '-dumpbase-ext', /\.[^.]*$/.exec(source)?.[0] ?? ''];
  const other = [...flags.other, '-fdiagnostics-format=json'];
  const tables = '-fasynchronous-unwind-tables';
  const { debug, optimization, warnings, standard } = flags;
  const assembly = language === 'assembly';
  const options =
    assembly || request.stage === 'preprocessed'
      ? [
          ...[...machine, ...standard, ...warnings, ...other],
          ...(debugs ? [...debug, '-fworking-directory'] : []),
          ...[...optimization, tables, ...(assembly ? ['-fno-directives-only'] : []), ...name],
        ]
      : ['-quiet', ...name, ...machine, ...debug, ...optimization, ...warnings, ...standard, ...other, tables];
  const first = assembly ? ['-E', '-lang-asm'] : request.stage === 'preprocessed' ? ['-E'] : [];
  return [...loaded('cc1'), ...first, '-quiet', ...preprocessing(compilation), source, ...options, '-o', output];
}

function preprocessing({ request, headers, flags, output, folders }: Compilation): string[] {
  const { stage, dependencyFile, defines = [], systemIncludeDirs = [] } = request;
  const rule = dependencyFile ? ['-MD', pathInside(dependencyFile), '-MF', pathInside(dependencyFile)] : [];
  return [
    '-nostdinc',
    ...folders,
    // The rule's target is what the driver was asked for, not what cc1 writes.
    ...(dependencyFile && stage !== 'preprocessed' ? [...rule, '-MQ', output] : rule),
    ...(flags.debug.includes('-g3') ? ['-dD'] : []),
    ...['-D', '_LIBC_LIMITS_H_', ...ofPreprocessor(flags, 'DU'), ...defines.flatMap((define) => ['-D', define])],
    ...['-isystem', pathInside(headers), ...ofPreprocessor(flags, 'i')],
    ...systemIncludeDirs.flatMap((folder) => ['-isystem', pathInside(folder)]),
  ];
}

function assembler({ language, flags, folders, output, debugs }: Compilation, source: string): string[] {
  const maps = flags.other.flatMap((flag) => /^-f(?:file|debug)-prefix-map=(.*)/s.exec(flag)?.[1] ?? []);
  return [
    ...loaded('as'),
    // In what cc1 writes, they have been applied.
    ...(language === 'c' ? [] : maps.flatMap((map) => ['--debug-prefix-map', map])),
    ...(flags.warnings.includes('-w') ? ['-W'] : []),
    ...folders,
    ...(debugs ? ['--gdwarf-5'] : []),
    ...['-EL', ARCHITECTURE, '-mabi=lp64', ...flags.assembler, '-o', output, source],
  ];
}

/** Of ld. Those of its options that name a file are the request's own fields. */
export function linking(request: LinkRequest): string[] {
  return [
    ...loaded('ld'),
    // Symbols that options define have to be known before GNU ld reads the script that asks for them.
    ...(request.flags ?? []),
    ...(request.script ? ['-T', pathInside(request.script)] : []),
    '-o',
    pathInside(request.output),
    ...request.objects.map(pathInside),
    ...(request.libraries?.length ? ['--start-group', ...request.libraries.map(pathInside), '--end-group'] : []),
  ];
}

/** D: no dates and owners, so the same objects give the same archive. */
export const archiving = (objects: readonly string[], output: string): string[] => [
  ...loaded('ar'),
  'rcsD',
  pathInside(output),
  ...objects.map(pathInside),
];
