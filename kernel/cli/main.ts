import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseSeed } from '../session/seed.js';
import { forgetFrugality } from '../host/malloc.js';
import { CommandFailure, failureText } from './failure.js';
import type { ExecuteCommand } from './execute.js';
import type { GradeCommand } from './grade.js';
import type { AssignmentCommand } from './grade-assignment.js';
import type { SimilarCommand } from './grade-similar.js';
import type { LabCommand } from './lab.js';
import type { SiteCommand } from './site.js';
import type { StartCommand } from './start.js';
import { qemuProgram } from './qemu-program.js';
import { version } from './version.js';

function seedOption(text: string): number {
  const seed = parseSeed(text);
  if (seed === undefined) throw new InvalidArgumentError('A seed is a whole number, 0 or more.');
  return seed;
}

function secondsOption(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds < 1e6)) throw new InvalidArgumentError('Give a number of seconds, more than 0.');
  return seconds;
}

function jobsOption(text: string): number {
  const jobs = Number(text);
  if (!(Number.isInteger(jobs) && jobs >= 1 && jobs <= 1024)) throw new InvalidArgumentError('Give a whole number, 1 or more.');
  return jobs;
}

function portOption(text: string): number {
  const port = Number(text);
  if (!(Number.isInteger(port) && port >= 0 && port < 65536)) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

function percentOption(text: string): number {
  const percent = Number(text);
  if (!(percent > 0 && percent <= 100)) throw new InvalidArgumentError('Give a number above 0, up to 100.');
  return percent;
}

/** `--chapters DIR`, which may be given several times. */
const chaptersOption: [flags: string, description: string, parse: (folder: string, before?: string[]) => string[]] = [
  '--chapters <DIR>',
  'a folder with chapters, or a chapter; may be given several times',
  (folder, before = []) => [...before, folder],
];

/** Where `virtbook lab` puts the chapters unless told. */
const LAB_FOLDER = 'virtbook-notebooks';

/** The command line. Each command loads what it needs when it runs, so that a kernel is up at once. */
export function createProgram(signal: AbortSignal): Command {
  const program = new Command('virtbook')
    .description('Operating-system tutorials as notebooks that run: a Jupyter kernel with an ARM64 machine inside.')
    .version(version())
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: false });
  program.commandsGroup('Notebooks:');
  addNotebookCommands(program, signal);
  program.commandsGroup('Chapters:');
  addChapterCommands(program, signal);
  program.commandsGroup('Jupyter:');
  addJupyterCommands(program);
  program.commandsGroup('Tools:');
  addToolCommands(program, signal);
  program.helpCommand('help [COMMAND]', 'show the help of a command');
  return program;
}

function addNotebookCommands(program: Command, signal: AbortSignal): void {
  program
    .command('start')
    .description('prepare everything, run a chapter, and say where the result is')
    .argument('[CHAPTER]', 'its name (default: the chapter that says "start": true)')
    .option('--seed <N>', 'seed of the first run', seedOption)
    .option('--browser', 'make a site of the chapters instead, and open it: they run in the page')
    .option(...chaptersOption)
    .action(async (name: string | undefined, options: StartCommand) => (await import('./start.js')).startCommand(name, options, signal));

  program
    .command('lab')
    .description('open the chapters in JupyterLab, with this kernel')
    .argument('[FOLDER]', 'where you work; chapters that it does not have are copied into it', LAB_FOLDER)
    .option('--install', "install JupyterLab into virtbook's cache first")
    .option('--copy-only', 'copy the chapters, and do not open them')
    .option(...chaptersOption)
    .argument('[ARGUMENTS...]', 'options for JupyterLab itself; write them after --, for example: -- --no-browser')
    .action(async (folder: string, args: string[], options: Omit<LabCommand, 'arguments'>) => {
      const { labCommand } = await import('./lab.js');
      // The first word after -- fills FOLDER where that was left out.
      const status = folder.startsWith('-')
        ? await labCommand(LAB_FOLDER, { ...options, arguments: [folder, ...args] }, signal)
        : await labCommand(folder, { ...options, arguments: args }, signal);
      if (status !== 0) throw new CommandFailure(status);
    });

  program
    .command('execute')
    .description('run a notebook, or a folder of chapters, without Jupyter, and write it with its outputs')
    .argument('<NOTEBOOK>', 'a notebook, a chapter, or a folder that holds chapters')
    .option(
      '-o, --output <OUT.ipynb>',
      'where to write the executed notebook (default: NOTEBOOK.executed.ipynb beside it); of chapters, a folder',
    )
    .option('--html <OUT.html>', 'also write an HTML page; of chapters, a folder for their pages and an index.html')
    .option('--seed <N>', 'seed of the first run', seedOption)
    .option('--allow-errors', 'go on after a cell that fails, and end with status 0')
    .option(...chaptersOption)
    .action(async (notebook: string, options: ExecuteCommand) => {
      if (statSync(notebook, { throwIfNoEntry: false })?.isDirectory()) {
        const { executeFolder } = await import('./execute-folder.js');
        process.stdout.write(`${(await executeFolder(notebook, options, signal)).join('\n')}\n`);
        return;
      }
      const { executeCommand } = await import('./execute.js');
      const { out, html } = await executeCommand(notebook, options, signal);
      process.stdout.write(`${[out, html].filter(Boolean).join('\n')}\n`);
    });

  program
    .command('site')
    .description('make a folder of static files in which the chapters run, with no server (JupyterLite)')
    .argument('<OUT>', 'the folder; what an earlier site left there is replaced')
    .argument('[CHAPTERS...]', 'their names (default: all)')
    .option('--install', "install JupyterLite into virtbook's cache first")
    .option('--light', 'make the light pages alone, without JupyterLab: this needs no Python')
    .option('--no-compiler', 'leave the C compiler out: readers run the chapters as they are, and cannot compile C of their own')
    .option('--serve [PORT]', 'show it to the browsers of this computer', portOption)
    .option(...chaptersOption)
    .action(async (out: string, names: string[], options: SiteCommand) =>
      (await import('./site.js')).siteCommand(out, names, options, signal),
    );

  addGradeCommand(program, signal);
}

/** Of both ways to grade; what has a default is always there. */
type GradeOptions = Partial<GradeCommand & AssignmentCommand> & Pick<AssignmentCommand, 'jobs' | 'wall' | 'confine'>;

function addGradeCommand(program: Command, signal: AbortSignal): void {
  const grade = program
    .command('grade')
    .description(
      'give marks: by the files of a hand-in and the checks of a chapter (--assignment), or by running the notebook as nbgrader does',
    )
    .argument('<HAND-IN...>', 'notebooks, or folders with one')
    // Commands below it have options of the same names.
    .enablePositionalOptions()
    .option(
      '--assignment <CHAPTER>',
      'the chapter, or its folder: its tasks are checked, and no code of the hand-in runs outside the machine',
    )
    .option('-o, --output <DIR>', 'with --assignment: write for each a JSON, a notebook and a page with the marks, as they come')
    .option('--jobs <N>', 'with --assignment: grade so many at once', jobsOption, 1)
    .option('--resume', 'with --assignment and --output: leave out what is graded')
    .option('--wall <SECONDS>', 'with --assignment: longer than this a hand-in is not graded', secondsOption, 600)
    .option('--memory <MEGABYTES>', 'with --assignment: a check that takes more is ended, and the hand-in not graded', secondsOption)
    .addOption(
      new Option(
        '--confine <HOW>',
        "with --assignment: 'required' refuses where students' sources cannot be kept from the files of this computer",
      )
        .choices(['possible', 'required'])
        .default('possible'),
    )
    .option('--source <RELEASE.ipynb>', "without --assignment: the teacher's notebook; what it locks is restored before grading")
    .option('--timeout <SECONDS>', 'without --assignment: interrupt a cell that runs longer (default: 120)', secondsOption)
    .option(
      '--seed <N>',
      'of the machines (default: one that follows from the chapter); without --assignment: of the first run of each notebook',
      seedOption,
    )
    .option(...chaptersOption)
    .option('--json', 'print the marks as JSON')
    .option('--junit <FILE>', 'also write the marks as JUnit XML')
    .addHelpText(
      'after',
      '\nExit status: 0 graded, 75 not graded for a reason that is not the hand-in (try again), 1 cannot be read, 2 wrong use.',
    )
    .action(async (handIns: string[], options: GradeOptions) => {
      requireOptions(options);
      const { assignment, memory, timeout = 120 } = options;
      if (assignment === undefined) return (await import('./grade.js')).gradeCommand(handIns, { ...options, timeout }, signal);
      const { gradeAssignment } = await import('./grade-assignment.js');
      const bytes = memory === undefined ? undefined : memory * 1024 ** 2;
      return gradeAssignment(handIns, { ...options, assignment, memory: bytes }, signal);
    });

  grade
    .command('summarise')
    .description('make a CSV for gradebooks, JUnit XML and a page of the results in a folder')
    .argument('<DIR>', 'what --output named')
    .action(async (folder: string) => (await import('./grade-summary.js')).summariseCommand(folder));

  grade
    .command('prepare')
    .description('make all that grading needs (compiler, SDK, guest, programs of the teacher), and try the solution')
    .argument('<CHAPTER>', 'the chapter, or its folder')
    .option(...chaptersOption)
    .action(async (name: string, { chapters }: { chapters?: string[] }) =>
      (await import('./grade-prepare.js')).prepareGrading(name, chapters, signal),
    );

  grade
    .command('similar')
    .description('show which hand-ins are the same but for names and layout, by their texts and by what they compile to; it gives no marks')
    .argument('<DIR>', 'a folder with hand-ins, or what --output named')
    .requiredOption('--assignment <CHAPTER>', 'the chapter, or its folder')
    .option('--threshold <PERCENT>', 'show pairs that have so much in common', percentOption, 70)
    .option('--json', 'print the pairs as JSON')
    .option(...chaptersOption)
    .action(async (folder: string, options: SimilarCommand) =>
      (await import('./grade-similar.js')).similarCommand(folder, options, signal),
    );
}

/** Options of the two ways to grade do not go together. @throws CommandFailure */
function requireOptions(options: GradeOptions): void {
  const given = (name: keyof typeof options): boolean => options[name] !== undefined;
  const wrong = given('assignment') ? (['source', 'timeout'] as const).find(given) : (['output', 'resume', 'memory'] as const).find(given);
  if (wrong === undefined) return requireNames(options);
  const why = given('assignment') ? 'runs notebooks, which --assignment does not do: leave one out' : 'needs --assignment CHAPTER';
  throw new CommandFailure(2, `virtbook: --${wrong} ${why}`);
}

/** @throws CommandFailure where it is not said where results are or go */
function requireNames({ resume, output, junit }: GradeOptions): void {
  if (resume && output === undefined) throw new CommandFailure(2, 'virtbook: --resume needs --output DIR: where the results are');
  // A variable of a shell that is not set: results would be written to wherever the grader is.
  if (output === '') throw new CommandFailure(2, 'virtbook: --output is empty: name a folder');
  if (junit === '') throw new CommandFailure(2, 'virtbook: --junit is empty: name a file');
}

function addChapterCommands(program: Command, signal: AbortSignal): void {
  const chapter = program
    .command('chapter')
    .description('write chapters: make a new one, look for mistakes, make its notebooks, and try its tasks');
  const folder: [name: string, description: string, value: string] = ['[DIR]', 'a chapter, or a folder with chapters', '.'];

  chapter
    .command('new')
    .description('make a chapter that boots at once and has one task')
    .argument('<NAME>', 'its name, and the folder that is made')
    .action(async (name: string) => (await import('./chapter.js')).newCommand(name));

  chapter
    .command('check')
    .description('look for tasks without checks or solution, hints that give the answer away, and dead links')
    .argument(...folder)
    .action(async (path: string) => (await import('./chapter.js')).checkCommand(path));

  chapter
    .command('build')
    .description("make the notebooks of a chapter from its one source: the reader's, the solved one, and nbgrader's")
    .argument(...folder)
    .option('-o, --output <DIR>', 'where to write them (default: the folder "built" of the chapter, or the one that chapter.json names)')
    .action(async (path: string, options: { output?: string }) => (await import('./chapter.js')).buildCommand(path, options));

  chapter
    .command('test')
    .description("try each task's solution, skeleton and mistakes: whether they pass and fail as they should, each with its hint")
    .argument(...folder)
    .option('--task <TASK>', 'this task alone')
    .action(async (path: string, options: { task?: string }) => (await import('./chapter.js')).testCommand(path, options, signal));
}

function addJupyterCommands(program: Command): void {
  const place = (command: Command): Command =>
    command
      .option('--user', 'for this user (the default)')
      .option('--sys-prefix', 'in the active Python environment')
      .option('--prefix <DIR>', 'in DIR/share/jupyter')
      .option('--name <NAME>', 'name of the kernel', 'virtbook');
  type Place = { user?: boolean; sysPrefix?: boolean; prefix?: string; name: string };

  place(program.command('install').description('register the kernel with Jupyter'))
    .option(...chaptersOption)
    .action(async ({ chapters, ...options }: Place & { chapters?: string[] }) => {
      const { install } = await import('../install/kernelspec.js');
      const { name, directory } = install({ ...options, chapters: chapters?.map((folder) => resolve(folder)) });
      process.stdout.write(`The kernel ${name} is registered in ${directory}\n`);
      // The first cell of the first notebook need not wait for the compiler.
      await (await import('../typescript/in-processes.js')).prepareSnapshot();
    });

  place(program.command('uninstall').description("remove the kernel from Jupyter's list")).action(async (options: Place) => {
    const { uninstall } = await import('../install/kernelspec.js');
    process.stdout.write(`Removed ${uninstall(options)}\n`);
  });

  program
    .command('list')
    .description('print where the kernel is registered')
    .action(async () => {
      const { list } = await import('../install/kernelspec.js');
      const kernels = list();
      if (kernels.length === 0) {
        process.stderr.write('The kernel is not registered where Jupyter looks. Run virtbook install to register it.\n');
      }
      for (const { name, directory, broken } of kernels) {
        process.stdout.write(
          `${name}  ${directory}${broken ? '  (broken: the program that it starts is missing; install it again)' : ''}\n`,
        );
      }
    });

  program
    .command('kernel')
    .description('run as the kernel of a Jupyter client (Jupyter itself calls this)')
    .argument('<CONNECTION_FILE>')
    .action(async (connectionFile: string) => {
      forgetFrugality();
      (await import('../../emulator/host-node/garbage.js')).keepNewSpaceSmall();
      const { runKernel } = await import('../core/run.js');
      const { deferredEvaluator } = await import('../core/deferred-evaluator.js');
      const { virtbookIdentity } = await import('../magics/identity.js');
      const folder = process.cwd();
      const load = async () => {
        void (await import('./prepare.js')).warmToolchain();
        return (await import('../assembly/create.js')).createEvaluator({ folder });
      };
      await runKernel(connectionFile, deferredEvaluator(load, virtbookIdentity()));
    });
}

const TOOLCHAIN_HELP = `
The environment variable TOOLCHAIN is one of
  PREFIX    of a GCC for AArch64, for example aarch64-linux-gnu or /opt/arm/bin/aarch64-none-elf
  clang     Clang with ld.lld and llvm-ar
  zig       Zig's Clang, downloaded from npm (90 MB)
  machine   Debian's GCC, downloaded by apt (22 MB and a Linux), in an emulated machine: equal programs on every computer
Without it, the first of aarch64-none-elf-gcc, aarch64-linux-gnu-gcc and clang that is installed is used, otherwise zig.`;

function addToolCommands(program: Command, signal: AbortSignal): void {
  passThrough(program.command('qemu'), "run a machine, with QEMU's options (virtbook qemu -help lists them)", async (args) =>
    (await import('../../emulator/host-node/qemu.js')).qemuCommand(args, signal, qemuProgram()),
  );

  passThrough(program.command('microkit'), 'the system tool, with the command line of the Microkit SDK', async (args) =>
    (await import('./microkit.js')).microkitCommand(args, signal),
  );

  const sdk = program
    .command('sdk')
    .description("print the embedded SDK's folder; build it first where needed")
    .action(async () => {
      process.stdout.write(`${await (await import('./prepare.js')).prepareSdk(signal)}\n`);
    });
  sdk
    .command('fetch [VERSION]')
    .description('bring a release of the Microkit project, with the real seL4 kernel, into the cache; print its folder')
    .option('--sha256 <DIGITS>', 'the checksum that the archive must have')
    .option('--from <URL>', "the archive's address, or that of its folder, instead of the project's release page")
    .action(async (version: string | undefined, options: { sha256?: string; from?: string }) => {
      await (await import('./sdk-fetch.js')).sdkFetchCommand(version, options, signal);
    });

  program
    .command('toolchain')
    .description('print which C compiler builds use, and what it is made of; bring one first where needed (TOOLCHAIN chooses)')
    .addHelpText('after', TOOLCHAIN_HELP)
    .action(async () => {
      const { name, about = [] } = await (await import('./prepare.js')).prepareToolchain(signal);
      process.stdout.write(`${[name, ...about].join('\n')}\n`);
    });

  program
    .command('guest')
    .description(
      "fetch the Linux guest's kernel and busybox, or use your own, and print their files (the RAM disk around them is each chapter's)",
    )
    .option('--kernel <IMAGE>', 'an arm64 Linux kernel, as Image')
    .option('--busybox <FILE>', 'a static arm64 busybox')
    .option('--modules <DIR>', "the kernel's lib/modules/VERSION, when its virtio drivers are modules")
    .action(async (options: { kernel?: string; busybox?: string; modules?: string }) => {
      const { chooseGuest, prepareGuest } = await import('./prepare.js');
      const own = options.kernel ?? options.busybox ?? options.modules;
      const guest = own ? await chooseGuest(absolute(options), signal) : await prepareGuest(signal);
      process.stdout.write(`version ${guest.version}\nkernel  ${guest.kernel}\nbusybox ${guest.busybox}\n`);
    });
}

function absolute(files: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(files).map(([name, path]) => [name, path && resolve(path)]));
}

/** A command with a command line of its own: everything after its name is for itself, `--help` too. */
function passThrough(command: Command, description: string, run: (args: string[]) => Promise<number>): void {
  command
    .description(description)
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .argument('[ARGUMENTS...]')
    .action(async (_args: string[], _options: unknown, self: Command) => {
      const status = await run(self.args);
      if (status !== 0) throw new CommandFailure(status);
    });
}

/** Runs a command line. Resolves to the exit status: 0, 1 for a run that failed, 2 for wrong use. */
export async function main(argv: string[], signal: AbortSignal): Promise<number> {
  const program = createProgram(signal);
  try {
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      return 2;
    }
    // What follows these two is not ours to read.
    await program.enablePositionalOptions().parseAsync(escapePassThrough(argv), { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof CommandFailure) {
      if (error.message) process.stderr.write(`${error.message}\n`);
      return error.status;
    }
    if (signal.aborted) {
      process.stderr.write('virtbook: interrupted\n');
      return 130;
    }
    process.stderr.write(`${failureText(error, process.stderr.isTTY)}\n`);
    return 1;
  }
}

/** Keeps options of `microkit` and `qemu` from being taken for ours. */
function escapePassThrough(argv: string[]): string[] {
  return argv[0] === 'microkit' || argv[0] === 'qemu' ? [argv[0], '--', ...argv.slice(1)] : argv;
}

/** The program: Ctrl-C ends what runs in good order, a second one at once. */
export function runAsProgram(): void {
  const controller = new AbortController();
  const argv = process.argv.slice(2);
  // A kernel is interrupted by messages, and has its own idea of SIGINT.
  if (argv[0] !== 'kernel') {
    process.on('SIGINT', () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    });
  }
  void main(argv, controller.signal).then((status) => {
    process.exitCode = status;
    // Output to a pipe may still be on its way; a worker or a socket must not keep the process alive for that.
    process.stdout.write('', () => process.stderr.write('', () => process.exit(status)));
  });
}
