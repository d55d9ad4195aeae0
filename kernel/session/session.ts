import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { GuestRecipe } from '../../sdk/guest/guest.js';
import { type Chapter, type ChapterGuest, type Chapters, DEFAULT_MACHINE, NO_CHAPTERS } from './chapter.js';
import { displayPath, filesEnding, OUTPUT_FOLDER, sourceFolders } from './folders.js';
import type { ConsoleView, ConsoleViewFactory } from './console-view.js';
import { type ConsoleSink, type Ending, type Goal, MachineRun, silentSink } from './machine-run.js';
import type { MachineOptions } from '../../emulator/machine/options.js';
import type { HostModule } from '../../emulator/network/host-module.js';
import { SeedSource } from './seed.js';
import type { BuildConfig, BuildResult, DebugServer, Progress, Services } from './services.js';
import type { ChannelActivity } from './trace-steps.js';
import { UserError } from './user-error.js';
import type { WarmStarts } from './warm-start.js';

export interface Build {
  name: string;
  /** Of the image; absolute. */
  image: string;
  report: string;
  systemFile: string;
}

export interface BuildOptions {
  system?: string;
  config: BuildConfig;
  sdk?: string;
  clean: boolean;
  onProgress(step: Progress): void;
  signal: AbortSignal;
}

export interface SessionOptions {
  folder: string;
  /** None unless given. */
  chapters?: Chapters | undefined;
  services: Services;
  seed?: number;
  /** Absent: every run boots. */
  warmStarts?: WarmStarts;
}

const recipeOf = async ({ drivers, init }: ChapterGuest): Promise<GuestRecipe> => ({ drivers, init: await readFile(init, 'utf8') });

/** The first of these folders that has a file. */
const inFolders = (folders: readonly string[], file: string): string | undefined =>
  folders.map((folder) => join(folder, file)).find((path) => existsSync(path));

/** Something in the notebook that goes on after its cell, and drives the machine. */
export interface Player {
  close(): void;
}

/** What one kernel knows between cells. */
export class Session {
  folder: string;
  readonly chapters: Chapters;
  /** The chapter that was named last. */
  chapter: Chapter | undefined;
  readonly seeds: SeedSource;
  /** A Microkit SDK to use in place of the embedded one. */
  sdk: string | undefined;
  /** The description that was written last, as an absolute path. */
  lastSystem: string | undefined;
  run: MachineRun | undefined;
  /** Where in the console's transcript `%expect` begins to look. */
  expectFrom = 0;
  /** The kinds of views that read the console of each machine. */
  readonly viewFactories: ConsoleViewFactory[] = [];
  /** What the last trace saw on the channels, and of which machine. */
  traced: { run: MachineRun; channels: readonly ChannelActivity[] } | undefined;
  /** Something about the machine is being written: it is not switched off before that has ended. */
  saving: Promise<void> = Promise.resolve();
  readonly services: Services;
  readonly warmStarts: WarmStarts | undefined;
  private readonly builds = new Map<string, Build>();
  private player: Player | undefined;
  private debugServer: DebugServer | undefined;
  private background: { controller: AbortController; done: Promise<void> } | undefined;

  constructor(options: SessionOptions) {
    this.folder = resolve(options.folder);
    this.chapters = options.chapters ?? NO_CHAPTERS;
    this.services = options.services;
    this.warmStarts = options.warmStarts;
    this.seeds = new SeedSource(options.seed);
  }

  display(path: string): string {
    return displayPath(this.folder, path, this.chapters.all(this.folder));
  }

  /** A path that the reader wrote, in the working folder. */
  resolve(path: string): string {
    return resolve(this.folder, path);
  }

  /**
   * From here on cells mean this chapter, if there is one of this name: a system of the reader's own needs none.
   * @throws DiagnosticError when its declaration is wrong
   */
  enterChapter(name: string): Chapter | undefined {
    const chapter = this.chapters.find(name, this.folder);
    if (chapter) this.chapter = chapter;
    return chapter;
  }

  /** Folders with the sources of what `%build NAME` builds: the reader's, then the chapter's. */
  sources(name: string): string[] {
    return sourceFolders(this.folder, this.chapters.find(name, this.folder));
  }

  /** All folders that hold sources: the reader's, then those of the chapter in force, or of every chapter. */
  everySource(): string[] {
    const chapters = this.chapter ? [this.chapter] : this.chapters.all(this.folder);
    return [...new Set([this.folder, ...chapters.flatMap((chapter) => sourceFolders(this.folder, chapter))])];
  }

  /** The description that `%build NAME` means: named, or NAME.system, or the last one written, or the only one there is, or the one built before. */
  findSystem(name: string, wanted?: string): string {
    if (wanted !== undefined) {
      const path = this.resolve(wanted);
      if (existsSync(path)) return path;
      throw new UserError('BuildError', `there is no system description ${wanted}`, `Write it in a %%system ${wanted} cell.`);
    }
    const named = this.resolve(`${name}.system`);
    if (existsSync(named)) return named;
    if (this.lastSystem && existsSync(this.lastSystem)) return this.lastSystem;
    const files = filesEnding(this.folder, '.system');
    if (files.length === 1) return join(this.folder, files[0]);
    const before = this.builds.get(name)?.systemFile;
    if (before && existsSync(before)) return before;
    const chapter = this.chapters.find(name, this.folder);
    const shipped = chapter?.system === undefined ? undefined : inFolders(this.sources(name), chapter.system);
    if (shipped) return shipped;
    if (files.length > 1) {
      throw new UserError('BuildError', `${files.join(', ')}: which one is ${name}?`, `Write %build ${name} --system ${files[0]}`);
    }
    throw new UserError('BuildError', 'there is no system description to build', 'Write one in a %%system NAME.system cell first.');
  }

  outputOf(name: string): string {
    return join(this.folder, OUTPUT_FOLDER, name);
  }

  async build(name: string, options: BuildOptions): Promise<BuildResult> {
    const chapter = this.enterChapter(name);
    const systemFile = this.findSystem(name, options.system);
    const outputDir = this.outputOf(name);
    const aside = options.clean && existsSync(outputDir) ? `${outputDir}.previous` : undefined;
    if (aside) {
      await rm(aside, { recursive: true, force: true });
      await rename(outputDir, aside);
    }
    try {
      await mkdir(outputDir, { recursive: true });
      const sdk = options.sdk === undefined ? this.sdk : this.resolve(options.sdk);
      const result = await this.services.build({
        systemFile,
        // A description in another folder may have its sources beside it.
        sourceDirs: [...new Set([this.folder, dirname(systemFile), ...this.sources(name)])],
        outputDir,
        config: options.config,
        sdk,
        guest: chapter?.guest && (await recipeOf(chapter.guest)),
        programs: chapter?.programs,
        onProgress: options.onProgress,
        signal: options.signal,
      });
      options.signal.throwIfAborted();
      this.builds.set(name, { name, image: result.image, report: result.report, systemFile });
      if (aside) await rm(aside, { recursive: true, force: true });
      return result;
    } catch (error) {
      if (aside) {
        await rm(outputDir, { recursive: true, force: true });
        await rename(aside, outputDir);
      }
      throw error;
    }
  }

  /** What `%build NAME` made, in this session or an earlier one. */
  findBuild(name: string): Build | undefined {
    const known = this.builds.get(name);
    if (known && existsSync(known.image)) return known;
    const image = join(this.outputOf(name), 'loader.img');
    if (!existsSync(image)) return undefined;
    return { name, image, report: join(this.outputOf(name), 'report.txt'), systemFile: '' };
  }

  builtNames(): string[] {
    const onDisk = filesEnding(join(this.folder, OUTPUT_FOLDER), '').filter((name) => existsSync(join(this.outputOf(name), 'loader.img')));
    return [...new Set([...this.builds.keys(), ...onDisk])].sort();
  }

  /** Powers a new machine on with a build's image. The machine before it, if any, is switched off. */
  async start(name: string, seed: number, pacing: 'simulated' | 'interactive'): Promise<MachineRun> {
    this.requireFree(name);
    const options = await this.machineOptions(name, seed, pacing);
    await this.stop();
    return this.adopt(new MachineRun(name, seed, await this.services.startMachine(options), this.viewFactories));
  }

  /** What a machine with a build's image is made of. */
  async machineOptions(name: string, seed: number, pacing: 'simulated' | 'interactive'): Promise<MachineOptions> {
    const build = this.findBuild(name);
    if (!build) {
      const others = this.builtNames();
      const hint = `Build it with %build ${name} first.` + (others.length ? ` Built so far: ${others.join(', ')}.` : '');
      throw new UserError('RunError', `${name} has not been built`, hint);
    }
    const bytes = new Uint8Array(await readFile(build.image));
    const { ramSize, processors, virtualization, imageAddress, network } = this.enterChapter(name)?.machine ?? DEFAULT_MACHINE;
    return {
      ramSize,
      virtualization,
      ...(processors > 1 && { processors }),
      loaders: [{ bytes, address: imageAddress, setsEntry: true }],
      ...(network && { network: { mac: network.mac } }),
      networkHosts: this.networkHosts(name),
      seed,
      pacing,
    };
  }

  /** Hosts on the network of a chapter's machine. */
  networkHosts(name: string): HostModule[] {
    const chapter = this.enterChapter(name);
    const hosts = chapter?.machine.network?.hosts ?? [];
    return hosts.map(({ module, argument }) => ({ module: chapter ? this.chapters.script(module, chapter) : module, argument }));
  }

  /** Throws while a cell or the background drives the machine, which another is to replace. */
  requireFree(name: string): void {
    if (!this.background && !this.run?.running) return;
    throw new UserError('RunError', `${this.run?.name ?? name} is running already`, 'End it with %stop first.');
  }

  /** From here on this is the machine that cells mean; the one before it has been switched off. */
  adopt(run: MachineRun, expectFrom = 0): MachineRun {
    this.run = run;
    this.expectFrom = expectFrom;
    return run;
  }

  /** From here on the console of each machine is read by such a view, too; the machine that is there is caught up with. */
  addView(factory: ConsoleViewFactory): void {
    this.viewFactories.push(factory);
    this.run?.views.addLate(factory, this.run.history.save());
  }

  /** The machine that cells mean when they do not start one. */
  requireRun(): MachineRun {
    if (!this.run) throw new UserError('RunError', 'no machine is running', 'Start one with %run NAME.');
    return this.run;
  }

  /** The machine's view of this kind. @throws UserError when no machine is running. */
  requireView<View extends ConsoleView>(factory: ConsoleViewFactory<View>): View {
    const view = this.requireRun().views.get(factory);
    if (!view) throw new Error(`no kit has added the view ${factory.name}`);
    return view;
  }

  /** Lets the machine run for a cell. A run in the background stands back meanwhile. */
  async advance(goal: Goal, sink: ConsoleSink, signal: AbortSignal): Promise<Ending> {
    const run = this.requireRun();
    const resumeAfter = await this.holdBackground();
    try {
      return await run.advance(goal, sink, signal);
    } finally {
      this.run?.views.stopped();
      if (resumeAfter && !run.ended && this.run === run) this.runInBackground();
    }
  }

  get inBackground(): boolean {
    return this.background !== undefined;
  }

  /** From here on the machine runs between cells, too. */
  runInBackground(): void {
    const run = this.requireRun();
    if (this.background) return;
    const controller = new AbortController();
    // An abort ends it, and so do power-off and a crash, which `%status` tells.
    const ended = () => {
      if (this.background?.controller === controller) this.background = undefined;
    };
    const done = run.advance({ timeout: Infinity }, silentSink, controller.signal).then(ended, ended);
    this.background = { controller, done };
  }

  private async holdBackground(): Promise<boolean> {
    const background = this.background;
    if (!background) return false;
    background.controller.abort();
    await background.done;
    this.background = undefined;
    return true;
  }

  /** Does something while the machine stands still; a run in the background goes on after it. */
  async still<T>(work: (run: MachineRun) => Promise<T>): Promise<T> {
    const run = this.requireRun();
    const resumeAfter = await this.holdBackground();
    try {
      return await work(run);
    } finally {
      if (resumeAfter && !run.ended && this.run === run) this.runInBackground();
    }
  }

  /** Closes the player before this one. It is closed itself before its machine is switched off. */
  setPlayer(player: Player | undefined): void {
    this.player?.close();
    this.player = player;
  }

  /** Ends a run in the background; the machine stays as it is. */
  async pause(): Promise<void> {
    await this.holdBackground();
  }

  /** Waits for a debugger of the machine that is there, from the first call on. */
  async debug(): Promise<DebugServer> {
    const { machine } = this.requireRun();
    if (!this.services.debugMachine || !machine.openDebugger)
      throw new UserError('RunError', 'this machine cannot be debugged', 'Run one that %build made.');
    return (this.debugServer ??= await this.services.debugMachine(machine));
  }

  /** Waits for no debugger any more, and sends away one that is there. False when none was waited for. */
  async endDebugging(): Promise<boolean> {
    const server = this.debugServer;
    this.debugServer = undefined;
    await server?.close();
    return server !== undefined;
  }

  /** Switches the machine off. False when there is none. */
  async stop(): Promise<boolean> {
    this.setPlayer(undefined);
    await this.endDebugging();
    await this.holdBackground();
    await this.saving;
    const run = this.run;
    this.run = this.traced = undefined;
    await run?.dispose();
    return run !== undefined;
  }
}
