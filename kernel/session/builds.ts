import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { MachineOptions } from '../../emulator/machine/options.js';
import type { GuestRecipe } from '../../sdk/guest/guest.js';
import { type BuildRecord, changedInputs, deleteRecord, digestsOf, readRecord, writeRecord } from './build-record.js';
import { type ChapterGuest, DEFAULT_MACHINE } from './chapter.js';
import { inShort } from './descriptions.js';
import { filesEnding, OUTPUT_FOLDER } from './folders.js';
import type { BuildConfig, BuildResult, Progress, Services } from './services.js';
import { findSystem, refused } from './system-files.js';
import { UserError } from './user-error.js';
import type { Workspace } from './workspace.js';

export interface Build {
  name: string;
  /** Of the image; absolute. */
  image: string;
  report: string;
  /** The description that the image was made from, where that is known. */
  systemFile: string | undefined;
}

/** The file of an image, and where a machine has it in memory. */
export interface BuiltImage {
  path: string;
  address: number;
}

export interface BuildOptions {
  system?: string | undefined;
  /** The folder with what belongs to the description of a task, by the name of its file: after the reader's files, before the chapter's. */
  beginning?: ((file: string) => string | undefined) | undefined;
  /** A folder with sources that come after the reader's, and before the chapter's. */
  apart?: string | undefined;
  config: BuildConfig;
  /** Its folder, or `embedded`. */
  sdk?: string | undefined;
  clean: boolean;
  /** The sources of the working folder may take in no file but sources and those of the SDK and the compiler. */
  confined?: boolean | undefined;
  /** Build from the description that is there, also where a later one was refused. */
  previous?: boolean | undefined;
  onProgress: (step: Progress) => void;
  signal: AbortSignal;
}

const recipeOf = async ({ drivers, init }: ChapterGuest): Promise<GuestRecipe> => ({ drivers, init: await readFile(init, 'utf8') });

/** What `%build` makes, in this session or an earlier one. */
export class Builds {
  /** By the folder of the build: the same name is another system in another working folder. */
  private readonly known = new Map<string, Build>();
  private last: string | undefined;

  constructor(
    private readonly workspace: Workspace,
    private readonly services: Pick<Services, 'build'>,
  ) {}

  /** The description that `%build NAME` means. @throws UserError when there is none, or it is not clear which. */
  findSystem(name: string, wanted?: string, beginning?: BuildOptions['beginning']): string {
    const before = this.find(name)?.systemFile;
    return findSystem(this.workspace, name, { wanted, before, beginning, builtAs: (path) => this.namesOf(path) });
  }

  /**
   * What `%build` without a name builds: the description that was written or taken last, under the name that it has.
   * @throws UserError when there is none
   */
  describedLast(): { name: string; system?: string } {
    const { descriptions, folder, chapter } = this.workspace;
    const path = descriptions.latest;
    if (path !== undefined) {
      const ofChapter = chapter && [chapter, ...chapter.tasks].some(({ system }) => basename(path) === system);
      return { name: this.namesOf(path).at(-1) ?? (ofChapter ? chapter.name : stemOf(path)), system: path };
    }
    const built = this.latest();
    if (built !== undefined) return { name: built };
    const [only, ...others] = filesEnding(folder, '.system');
    if (only !== undefined && others.length === 0) return { name: stemOf(only) };
    const hint =
      only === undefined ? 'Write one in a %%system NAME.system cell first.' : `Take one with %system ${only}, or write %build NAME.`;
    throw new UserError('BuildError', 'no system has been described yet', hint);
  }

  /** Names under which a description was built here, the latest last. */
  private namesOf(path: string): string[] {
    return this.names()
      .map((name) => this.find(name))
      .filter((build) => build?.systemFile === path)
      .sort((a, b) => madeAt(a) - madeAt(b))
      .flatMap((build) => build?.name ?? []);
  }

  async build(name: string, options: BuildOptions): Promise<BuildResult & { systemFile: string }> {
    const chapter = this.workspace.enterChapter(name);
    const outputDir = this.workspace.outputOf(name);
    const systemFile = this.findSystem(name, options.system, options.beginning);
    this.requireAccepted(name, systemFile, options.previous ?? false);
    const aside = options.clean && existsSync(outputDir) ? `${outputDir}.previous` : undefined;
    if (aside) {
      await rm(aside, { recursive: true, force: true });
      await rename(outputDir, aside);
    }
    try {
      await mkdir(outputDir, { recursive: true });
      const result = await this.services.build({
        systemFile,
        sourceDirs: this.sourceDirs(name, systemFile, [options.beginning?.(systemFile), options.apart]),
        outputDir,
        confined: options.confined,
        config: options.config,
        sdk: options.sdk ?? this.workspace.sdk,
        guest: chapter?.guest && (await recipeOf(chapter.guest)),
        programs: chapter?.programs,
        onProgress: options.onProgress,
        signal: options.signal,
      });
      options.signal.throwIfAborted();
      await writeRecord(outputDir, {
        systemFile,
        inputs: digestsOf([systemFile, ...(result.sources ?? [])]),
        processors: result.processors,
        sdk: result.sdk,
      });
      this.known.set(outputDir, { name, image: result.image, report: result.report, systemFile });
      this.last = name;
      if (aside) await rm(aside, { recursive: true, force: true });
      return { ...result, systemFile };
    } catch (error) {
      if (aside) {
        await rm(outputDir, { recursive: true, force: true });
        await rename(aside, outputDir);
      }
      await this.noteFailure(outputDir, options.signal.aborted ? 'it was interrupted' : inShort(error));
      throw error;
    }
  }

  /** A description in another folder may have its sources beside it, and that of a task has those of the task. */
  private sourceDirs(name: string, systemFile: string, between: readonly (string | undefined)[]): string[] {
    const own = [this.workspace.folder, dirname(systemFile), ...between.filter((folder) => folder !== undefined)];
    return [...new Set([...own, ...this.workspace.sources(name)])];
  }

  /** The image that is there is of the build before: that is not to be taken for what the reader has just asked for. */
  private async noteFailure(outputDir: string, failed: string): Promise<void> {
    if (!existsSync(join(outputDir, 'loader.img'))) return deleteRecord(outputDir);
    const record = readRecord(outputDir) ?? { systemFile: '', inputs: {} };
    await writeRecord(outputDir, { ...record, failed });
  }

  private requireAccepted(name: string, systemFile: string, previous: boolean): void {
    const why = this.workspace.descriptions.refusal(systemFile);
    if (why !== undefined && !(previous && existsSync(systemFile))) throw refused(this.workspace, name, systemFile, why);
  }

  /** What `%build NAME` made in this folder, in this session or an earlier one. */
  find(name: string): Build | undefined {
    const folder = this.workspace.outputOf(name);
    const known = this.known.get(folder);
    if (known && existsSync(known.image)) return known;
    const image = join(folder, 'loader.img');
    if (!existsSync(image)) return undefined;
    return { name, image, report: join(folder, 'report.txt'), systemFile: readRecord(folder)?.systemFile || undefined };
  }

  names(): string[] {
    return filesEnding(join(this.workspace.folder, OUTPUT_FOLDER), '')
      .filter((name) => existsSync(join(this.workspace.outputOf(name), 'loader.img')))
      .sort();
  }

  /** What was built last, in this session or an earlier one. */
  latest(): string | undefined {
    if (this.last !== undefined && this.find(this.last)) return this.last;
    return this.names()
      .map((name) => this.find(name))
      .sort((a, b) => madeAt(a) - madeAt(b))
      .at(-1)?.name;
  }

  /** Why the image of a build is not what the reader asked for last; undefined when it is. */
  staleness(name: string): string | undefined {
    const build = this.find(name);
    if (!build) return undefined;
    const { descriptions } = this.workspace;
    const file = build.systemFile;
    const why = file === undefined ? undefined : descriptions.refusal(file);
    if (file !== undefined && why !== undefined) return `${this.workspace.display(file)} was refused after ${name} was built (${why})`;
    const failed = this.recordOf(name)?.failed;
    return failed === undefined ? undefined : `the last %build ${name} failed (${failed})`;
  }

  /** Of what an image was made, files that have changed since. */
  changedSince(name: string): string[] {
    const record = this.recordOf(name);
    return record ? changedInputs(record) : [];
  }

  /** The folder of the SDK that an image was built with, where that is known. */
  sdkOf(name: string): string | undefined {
    return this.recordOf(name)?.sdk;
  }

  private recordOf(name: string): BuildRecord | undefined {
    return readRecord(this.workspace.outputOf(name));
  }

  /** @throws UserError when a later description or build than that of the image was wrong: the old system is not run in silence. */
  requireCurrent(name: string): void {
    const why = this.staleness(name);
    if (why === undefined) return;
    throw new UserError(
      'RunError',
      `${name} is not what you asked for last: ${why}`,
      `Correct that, and build it again with %build ${name}. To run the system of the build before, write %run ${name} --previous.`,
    );
  }

  /** @throws UserError when there is no image of this name */
  requireBuilt(name: string): Build {
    const build = this.find(name);
    if (build) return build;
    const others = this.names();
    const hint = `Build it with %build ${name} first.` + (others.length ? ` Built so far: ${others.join(', ')}.` : '');
    throw new UserError('RunError', `${name} has not been built`, hint);
  }

  /** What a machine with a build's image is made of. */
  machineOptions(name: string, seed: number, pacing: 'simulated' | 'interactive'): MachineOptions {
    const { image, ...shape } = this.machineShape(name, seed);
    const { path, address } = image;
    return { ...shape, loaders: [{ bytes: new Uint8Array(), file: path, address, setsEntry: true }], pacing };
  }

  /** The same without the bytes of the image. */
  machineShape(name: string, seed: number): Omit<MachineOptions, 'loaders' | 'pacing'> & { image: BuiltImage } {
    const { image } = this.requireBuilt(name);
    const shape = this.workspace.enterChapter(name)?.machine ?? DEFAULT_MACHINE;
    const { ramSize, virtualization, imageAddress, network } = shape;
    const processors = Math.max(shape.processors, this.recordOf(name)?.processors ?? 1);
    return {
      ramSize,
      virtualization,
      ...(processors > 1 && { processors }),
      image: { path: image, address: imageAddress },
      ...(network && { network: { mac: network.mac } }),
      networkHosts: this.workspace.networkHosts(name),
      seed,
    };
  }
}

const stemOf = (path: string): string => basename(path).replace(/\.system$/, '');

const madeAt = (build: Build | undefined): number => (build && statSync(build.image, { throwIfNoEntry: false })?.mtimeMs) ?? 0;
