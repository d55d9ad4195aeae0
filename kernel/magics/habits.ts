/** What readers write who come from other kernels, or from C and XML; and what to write here instead. */
import { type Magic, type MagicList, signOf } from '../kit/magic.js';

export interface Habit {
  message: string;
  /** What to write instead. */
  hint: string;
  /** Whether it can be nothing else. Otherwise what the compiler says is shown, too. */
  sure: boolean;
}

const SHELL =
  'Write it in TypeScript: import { execSync } from "node:child_process"; console.log(execSync("COMMAND", { encoding: "utf8" })).';
const TYPESCRIPT = 'Cells without a magic are TypeScript. %lsmagic lists the magics.';
const PYTHON_PACKAGES = 'Cells are TypeScript, and use no packages of Python: install them in a terminal.';
const NODE_PACKAGES = 'Cells can import the package then.';

/** A program's command line, in TypeScript. */
const inTypeScript = (command: string): string => SHELL.replace('"COMMAND"', () => JSON.stringify(command));

/** Magics of other kernels, by name. */
const OTHERS: Readonly<Record<string, string>> = {
  bash: SHELL,
  sh: SHELL,
  script: SHELL,
  system: SHELL,
  sx: SHELL,
  writefile: 'Write %%file FILE: it writes the cell to a file.',
  cat: 'Write %show FILE: it shows a source.',
  pycat: 'Write %show FILE: it shows a source.',
  magic: 'Write %lsmagic: it lists the magics.',
  pwd: 'Write %cd: without a folder it tells the present one.',
  ls: 'Write %status to see what the folder has built, or in TypeScript: import { readdirSync } from "node:fs"; readdirSync(".").',
  set_env: 'Write %env NAME=VALUE.',
  make: 'Write %build NAME: it compiles the C sources and makes the image.',
  time: 'Write in TypeScript: console.time("x"); ...; console.timeEnd("x").',
  timeit: 'Write in TypeScript: console.time("x"); ...; console.timeEnd("x").',
  html: 'Write in TypeScript: import { display } from "tslab"; display.html("...").',
  markdown: 'Write in TypeScript: import { display } from "tslab"; display.markdown("...").',
  latex: 'Write in TypeScript: import { display } from "tslab"; display.latex("...").',
  svg: 'Write in TypeScript: import { display } from "tslab"; display.svg("...").',
  javascript: 'Leave the line out: cells without a magic are TypeScript, and so is JavaScript.',
  js: 'Leave the line out: cells without a magic are TypeScript, and so is JavaScript.',
  typescript: 'Leave the line out: cells without a magic are TypeScript.',
  ts: 'Leave the line out: cells without a magic are TypeScript.',
  python: TYPESCRIPT,
  c: 'Write %%file NAME.c in the first line: it writes the cell to a file, and %build compiles it.',
  xml: 'Write %%system NAME.system in the first line.',
  gdbserver: 'Write %gdb.',
  pip: PYTHON_PACKAGES,
  conda: PYTHON_PACKAGES,
  mamba: PYTHON_PACKAGES,
  uv: PYTHON_PACKAGES,
  npm: `${inTypeScript('npm install NAME')} ${NODE_PACKAGES}`,
};

/** Programs that readers call by their names alone, as other kernels and terminals have it. */
const PROGRAMS =
  /^(?:sudo\s+)?(pip3?|pipx|conda|mamba|uv|poetry|python3?|npm|npx|yarn|pnpm|node|deno|bun|tsc|jupyter|virtbook|git|make|cmake|gcc|clang|gdb|apt|apt-get|brew|docker|podman|curl|wget|bash|sh|ls|cat|pwd|cp|mv|rm|mkdir|touch|echo|grep|find|head|tail|less|diff|chmod|which|man|clear)(?=\s|$)/;
/** Tells a program's arguments from operators and their operands. */
const ARGUMENTS = /^\s+(?!(?:in|instanceof|as|satisfies)\s)(?:--?[A-Za-z]|[\w./~"'@$])/;

/** What to write instead of a magic that other kernels have. */
export const hintForMagic = (name: string): string | undefined => (Object.hasOwn(OTHERS, name) ? OTHERS[name] : undefined);

/** Whether the cell is what ends an interactive prompt. */
export const wantsToLeave = (code: string): boolean => /^\s*(?:exit|quit)\s*(?:\(\s*\))?\s*;?\s*$/.test(code);

/** Code that is no TypeScript, as what it seems to be. Only for code that the compiler has refused: much of this can be TypeScript, too. */
export function habitOf(code: string, registry: MagicList): Habit | undefined {
  const lines = code.split(/\r?\n/);
  const first = lines.find((line) => line.trim() !== '')?.trim() ?? '';
  return shell(first) ?? question(first, registry) ?? magic(lines, first, registry) ?? program(lines, first) ?? otherLanguage(code, first);
}

function shell(first: string): Habit | undefined {
  const [, command] = /^!+\s*([\w./~-]+.*)$/.exec(first) ?? [];
  if (command === undefined) return undefined;
  return { message: `a cell does not run programs by '!'`, hint: hintForCommand(command), sure: true };
}

/** What to write instead of a program's command line. */
function hintForCommand(command: string): string {
  const name = command.split(/\s/)[0] ?? '';
  if (name === 'cd') return `Write %${command}.`;
  if (name === 'make') return hintForMagic(name)!;
  if (/^(?:sudo\s+)?(?:python3?\s+-m\s+)?(?:pip[3x]?|conda|mamba|uv|poetry)(?:\s|$)/.test(command)) return PYTHON_PACKAGES;
  const installs = /^(?:npm|pnpm|yarn)\s+(?:i|install|add|ci)\b/.test(command);
  return installs ? `${inTypeScript(command)} ${NODE_PACKAGES}` : inTypeScript(command);
}

/** A program without `!`. */
function program(lines: readonly string[], first: string): Habit | undefined {
  const [whole, name = ''] = PROGRAMS.exec(first) ?? [];
  if (whole === undefined) return undefined;
  const rest = first.slice(whole.length);
  // One word may be any name, and is a program only where there is nothing else.
  if (rest === '' ? lines.filter((line) => line.trim() !== '').length > 1 : !ARGUMENTS.test(rest)) return undefined;
  const hint = rest === '' ? hintForMagic(name) : undefined;
  // Two words in a row are no TypeScript, whatever they mean.
  const sure = /^(?:\s+[A-Za-z]|$)/.test(rest);
  return { message: 'a cell does not run programs by their names', hint: hint ?? hintForCommand(first), sure };
}

function question(first: string, registry: MagicList): Habit | undefined {
  const [, name] = /^\?{1,2}\s*([%\w.$[\]]+)$/.exec(first) ?? /^([%\w.$[\]]+)\s*\?{1,2}$/.exec(first) ?? [];
  if (name === undefined) return undefined;
  const bare = name.replace(/^%+/, '');
  const hint = registry.find(bare)
    ? `Write %help ${bare}.`
    : `Put the cursor after ${name} and press Shift-Tab: it shows type and documentation. To see the value, write ${name} alone.`;
  return { message: `'?' does not ask for help here`, hint, sure: true };
}

function magic(lines: readonly string[], first: string, registry: MagicList): Habit | undefined {
  for (const line of lines) {
    const [, blanks, sign, gap, name = '', rest = ''] = /^(\s*)(%%?)(\s*)([A-Za-z][\w-]*)(.*)$/.exec(line) ?? [];
    const found = registry.find(name);
    if (!found || sign === undefined) continue;
    const right = `${signOf(found)}${rest}`.trimEnd();
    if (gap) return { message: `a magic has no blank after ${sign}`, hint: `Write ${right}.`, sure: true };
    if (blanks) return { message: 'after code, a magic begins at the start of its line', hint: `Write ${right} there.`, sure: true };
    if (found.kind === 'cell') {
      return { message: `${signOf(found)} takes a whole cell`, hint: 'Write it in the first line of a cell of its own.', sure: true };
    }
  }
  const [, word = '', rest = ''] = /^([A-Za-z]+)((?:\s+[\w./"'-]+)*)\s*;?$/.exec(first) ?? [];
  const found: Magic | undefined = registry.find(word);
  if (!found || lines.filter((line) => line.trim() !== '').length > 1) return undefined;
  return { message: `${word} is a magic`, hint: `Write ${signOf(found)}${rest}.`, sure: true };
}

const C =
  /^\s*#\s*(?:include|define|ifn?def|pragma)\b|^\s*(?:(?:static|const|extern|volatile|unsigned|inline)\s+)*(?:int|void|char|long|short|unsigned|float|double|size_t|u?int(?:8|16|32|64|ptr)_t|bool|struct\s+\w+|microkit_\w+|seL4_\w+)\s+\*?\s*\w+\s*[[(;=,]/m;
const PYTHON = /^\s*(?:def \w+\(.*\).*:|elif .*:|print\(.*\)|from [\w.]+ import .+|import [\w.]+(?: as \w+)?)\s*$/m;

function otherLanguage(code: string, first: string): Habit | undefined {
  if (/^<(?:\?xml|!--|!DOCTYPE|[A-Za-z_])/.test(first)) {
    return { message: 'this is XML, and the cell has no magic', hint: 'Write %%system NAME.system in the first line.', sure: true };
  }
  if (C.test(code)) {
    return { message: 'this is C, and the cell has no magic', hint: 'Write %%file NAME.c in the first line.', sure: false };
  }
  if (PYTHON.test(code)) return { message: 'this seems to be Python', hint: TYPESCRIPT, sure: false };
  return undefined;
}
