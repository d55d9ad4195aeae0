import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { MachineOptions } from '../../emulator/machine/options.js';
import type { GuestRecipe } from '../../sdk/guest/guest.js';
import { type ChapterGuest, DEFAULT_MACHINE } from './chapter.js';
import { filesEnding, OUTPUT_FOLDER } from './folders.js';
import type { BuildConfig, BuildResult, Progress, Services } from './services.js';
import { UserError } from './user-error.js';
import type { Workspace } from './workspace.js';

export interface Build {
  name: string;
  /** Of the image; absolute. */
  image: string;
  report: string;
  systemFile: string;
}

export interface BuildOptions {
  system?: string | undefined;
  config: BuildConfig;
  sdk?: string | undefined;
  clean: boolean;
  onProgress: (step: Progress) => void;
  signal: AbortSignal;
}

const recipeOf = async ({ drivers, init }: ChapterGuest): Promise<GuestRecipe> => ({ drivers, init: await readFile(init, 'utf8') });

/** The first of these folders that has a file. */
const inFolders = (folders: readonly string[], file: string): string | undefined =>
  folders.map((folder) => join(folder, file)).find((path) => existsSync(path));

/** What `%build` makes, in this session or an earlier one. */
export class Builds {
  private readonly known = new Map<string, Build>();

  constructor(
    private readonly workspace: Workspace,
    private readonly services: Pick<Services, 'build'>,
  ) {}

  /** The description that `%build NAME` means: named, or NAME.system, or the last one written, or the only one there is, or the one built before. */
  findSystem(name: string, wanted?: string): string {
    if (wanted !== undefined) {
      const path = this.workspace.resolve(wanted);
      if (existsSync(path)) return path;
      throw new UserError('BuildError', `there is no system description ${wanted}`, `Write it in a %%system ${wanted} cell.`);
    }
    const named = this.workspace.resolve(`${name}.system`);
    if (existsSync(named)) return named;
    if (this.workspace.lastSystem && existsSync(this.workspace.lastSystem)) return this.workspace.lastSystem;
    const files = filesEnding(this.workspace.folder, '.system');
    const [first, ...others] = files;
    if (first !== undefined && others.length === 0) return join(this.workspace.folder, first);
    const before = this.known.get(name)?.systemFile;
    if (before && existsSync(before)) return before;
    const chapter = this.workspace.chapters.find(name, this.workspace.folder);
    const shipped = chapter?.system === undefined ? undefined : inFolders(this.workspace.sources(name), chapter.system);
    if (shipped) return shipped;
    if (first !== undefined) {
      throw new UserError('BuildError', `${files.join(', ')}: which one is ${name}?`, `Write %build ${name} --system ${first}`);
    }
    throw new UserError('BuildError', 'there is no system description to build', 'Write one in a %%system NAME.system cell first.');
  }

  async build(name: string, options: BuildOptions): Promise<BuildResult> {
    const chapter = this.workspace.enterChapter(name);
    const systemFile = this.findSystem(name, options.system);
    const outputDir = this.workspace.outputOf(name);
    const aside = options.clean && existsSync(outputDir) ? `${outputDir}.previous` : undefined;
    if (aside) {
      await rm(aside, { recursive: true, force: true });
      await rename(outputDir, aside);
    }
    try {
      await mkdir(outputDir, { recursive: true });
      const sdk = options.sdk === undefined ? this.workspace.sdk : this.workspace.resolve(options.sdk);
      const result = await this.services.build({
        systemFile,
        // A description in another folder may have its sources beside it.
        sourceDirs: [...new Set([this.workspace.folder, dirname(systemFile), ...this.workspace.sources(name)])],
        outputDir,
        config: options.config,
        sdk,
        guest: chapter?.guest && (await recipeOf(chapter.guest)),
        programs: chapter?.programs,
        onProgress: options.onProgress,
        signal: options.signal,
      });
      options.signal.throwIfAborted();
      this.known.set(name, { name, image: result.image, report: result.report, systemFile });
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
  find(name: string): Build | undefined {
    const known = this.known.get(name);
    if (known && existsSync(known.image)) return known;
    const image = join(this.workspace.outputOf(name), 'loader.img');
    if (!existsSync(image)) return undefined;
    return { name, image, report: join(this.workspace.outputOf(name), 'report.txt'), systemFile: '' };
  }

  names(): string[] {
    const onDisk = filesEnding(join(this.workspace.folder, OUTPUT_FOLDER), '').filter((name) =>
      existsSync(join(this.workspace.outputOf(name), 'loader.img')),
    );
    return [...new Set([...this.known.keys(), ...onDisk])].sort();
  }

  /** What a machine with a build's image is made of. */
  async machineOptions(name: string, seed: number, pacing: 'simulated' | 'interactive'): Promise<MachineOptions> {
    const build = this.find(name);
    if (!build) {
      const others = this.names();
      const hint = `Build it with %build ${name} first.` + (others.length ? ` Built so far: ${others.join(', ')}.` : '');
      throw new UserError('RunError', `${name} has not been built`, hint);
    }
    const bytes = new Uint8Array(await readFile(build.image));
    const { ramSize, processors, virtualization, imageAddress, network } = this.workspace.enterChapter(name)?.machine ?? DEFAULT_MACHINE;
    return {
      ramSize,
      virtualization,
      ...(processors > 1 && { processors }),
      loaders: [{ bytes, address: imageAddress, setsEntry: true }],
      ...(network && { network: { mac: network.mac } }),
      networkHosts: this.workspace.networkHosts(name),
      seed,
      pacing,
    };
  }
}
