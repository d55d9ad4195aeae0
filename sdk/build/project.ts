/** A system and its C sources become loader.img and report.txt, doing again only what has changed. */
import { promises as fs, readdirSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { temporaryName, withLock, writeFileAtomically } from '../cache.js';
import { DiagnosticError, type Diagnostic } from '../diagnostic.js';
import type { OnProgress, Work } from '../progress.js';
import { findToolchain, type Toolchain } from '../toolchain/index.js';
import { programImages, readSystem, type SystemDescription } from '../tool/index.js';
import { decodeDescription } from '../tool/decode.js';
import { namedFiles } from '../tool/named-files.js';
import { CAPDL_FILE } from '../tool/read-capdl.js';
import type { GuestRecipe } from '../guest/guest.js';
import { boardDir, EMBEDDED_SDK } from './board.js';
import { LINK_FLAGS } from './components.js';
import { Confinement, requireSize } from './confined.js';
import { digest, fileDigest } from './digest.js';
import { planGuestObject, GUEST_SYMBOLS, type GuestObject } from './guest-object.js';
import { buildWithOwnTool, toolIdentity } from './image.js';
import { KeptPrograms } from './kept-programs.js';
import { type CompiledObject, type CompileSettings, ObjectStore } from './objects.js';
import { cplusplusSettings, languageOf } from './languages.js';
import { forEachParallel } from './parallel.js';
import { aboutProgram } from './link-complaints.js';
import { findPrograms, type Program } from './programs.js';
import { requireRust, rustLibraries } from './rust-programs.js';
import { publish, readState, stillThere, writeState } from './outputs.js';
import { checkConfig, checkSdk, ensureSdk, isEmbedded, processorsOf } from './sdk.js';
import { buildWithSdkTool } from './sdk-tool.js';
import { ensureVmmLibrary, vmmIncludeDirs } from './vmm-library.js';

export interface BuildSystemRequest {
  systemFile: string;
  /** Searched in this order for C sources, headers and program images. */
  sourceDirs: readonly string[];
  /** Gets loader.img, report.txt and the program images; and `.virtbook/`, from which only what changed is built again. */
  outputDir: string;
  /**
   * Which source files make a program image, by the image's file name, in link order. Each is sought in the source
   * folders. Other images are made of the files of their name.
   */
  programs?: ReadonlyMap<string, readonly string[]> | undefined;
  /** The sources in the first of `sourceDirs` may take in no file but sources and those of the SDK and the compiler. */
  confined?: boolean | undefined;
  /** `debug`, `release`, or another that a real SDK has. */
  config: string;
  /** Folder of an SDK, or `embedded`; `$MICROKIT_SDK`, or else the embedded one, when not given. */
  sdk?: string | undefined;
  /** The Linux guest, for programs that embed one. */
  guest?: GuestRecipe | undefined;
  /** Appended to the command line of a guest that a program embeds. */
  guestBootargs?: string | undefined;
  /** Compiles and links; found when not given. */
  toolchain?: Toolchain | undefined;
  /** Packs the guest in another way than with the toolchain. */
  packGuest?: ((recipe: GuestRecipe, extraBootargs: string, work: Work) => Promise<GuestObject>) | undefined;
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
}

export interface BuildSystemResult {
  /** Path of loader.img. */
  image: string;
  /** Path of report.txt. */
  report: string;
  /** The source files that the programs are made of, and images that were there already; absolute. */
  sources: string[];
  /** Nothing had changed since the last build, and nothing was written. */
  upToDate: boolean;
  /** How many processors the machine needs. */
  processors: number;
  /** The SDK's folder. */
  sdk: string;
  /** Of the compiler, the linker and the tool; also those of parts that were not built again. */
  warnings: Diagnostic[];
}

/**
 * Readers' programs are compiled as the tutorial's Makefile does it, without optimisation: a variable that the tool
 * fills in looks constant to an optimiser.
 */
export const PROGRAM_FLAGS = ['-std=gnu17', '-mstrict-align', '-g', '-O0', '-Wall', '-Wimplicit-fallthrough'] as const;

/**
 * Builds a system. When it fails or is aborted, what an earlier build left in `outputDir` is as it was.
 * @throws DiagnosticError with everything that is wrong in what the reader wrote; ToolchainError, SdkError, AptError or
 * GuestFileError when a part of the road is missing; the signal's reason when aborted.
 */
export async function buildSystem(request: BuildSystemRequest): Promise<BuildSystemResult> {
  const outputDir = resolve(request.outputDir);
  const work = join(outputDir, '.virtbook');
  return withLock(join(work, 'lock'), () => new ProjectBuild(request, outputDir, work).run(), request.signal);
}

interface BuiltProgram {
  program: Program;
  /** Path of the image. */
  file: string;
  /** Its bytes, where somebody has read them. */
  content?: Buffer | undefined;
  key: string;
  warnings: Diagnostic[];
}

class ProjectBuild {
  private readonly work: Work;
  private readonly sourceDirs: string[];
  /** Digests of the linker's script and of libraries. */
  private readonly libraries = new Map<string, Promise<string>>();
  private done = 0;
  private total = 0;

  constructor(
    private readonly request: BuildSystemRequest,
    private readonly outputDir: string,
    private readonly folder: string,
  ) {
    this.work = { onProgress: request.onProgress, signal: request.signal };
    this.sourceDirs = request.sourceDirs.map((path) => resolve(path));
  }

  async run(): Promise<BuildSystemResult> {
    const { request } = this;
    const systemFile = resolve(request.systemFile);
    const text = await this.descriptionText(systemFile);
    const prefilled = new Map<string, string>();
    const prefillBytes = (path: string): number | undefined => {
      const candidates = isAbsolute(path) ? [path] : this.sourceDirs.map((folder) => join(folder, path));
      const file = candidates.find((each) => statSync(each, { throwIfNoEntry: false })?.isFile());
      if (file === undefined) return undefined;
      prefilled.set(path, file);
      return statSync(file).size;
    };
    const given = givenSdk(request.sdk);
    const embedded = given === undefined || (await isEmbedded(resolve(given)));
    const { system, refusal, images } = describe(text, systemFile, embedded, prefillBytes);
    if (request.confined) this.requireInside([...prefilled.keys(), ...images.map(({ path }) => path)], systemFile);
    const programs = await findPrograms(images, this.sourceDirs, systemFile, request.programs);

    const toolchain = request.toolchain ?? (await findToolchain(this.work));
    const sdk = resolve(given ?? (await ensureSdk({ ...this.work, toolchain, env: {} })));
    await checkSdk(sdk);
    checkConfig(sdk, request.config);
    const processors = await processorsOf(sdk, request.config);
    this.total = programs.reduce((sum, { sources }) => sum + sources.length + 1, 1);
    const objects = await this.compile(programs, toolchain, sdk);
    const built: BuiltProgram[] = [];
    await this.forAll(programs, 1, async (program) => {
      built.push(await this.link(program, objects, toolchain, sdk));
    });

    const key = digest(
      text,
      request.config,
      await toolIdentity(sdk, embedded),
      ...built.flatMap(({ program, key }) => [program.path, key]),
      ...(await Promise.all([...prefilled].map(async ([path, file]) => [path, await fs.readFile(file)]))).flat(),
    );
    const image = join(this.outputDir, 'loader.img');
    const report = join(this.outputDir, 'report.txt');
    const sources = [...new Set(programs.flatMap((program) => (program.prebuilt ? [program.prebuilt] : program.sources)))];
    const compilerWarnings = built.flatMap(({ warnings }) => warnings);
    const state = await readState(this.folder);
    if (state?.key === key && (await stillThere(state))) {
      return { image, report, sources, upToDate: true, processors, sdk, warnings: [...compilerWarnings, ...state.warnings] };
    }

    this.step('making loader.img');
    const files = new Map([...prefilled, ...built.map(({ program, file }): [string, string] => [program.path, file])]);
    const contents = new Map(built.flatMap(({ file, content }) => (content ? [[file, content] as const] : [])));
    const common = { sdk, config: request.config, programs: files, contents };
    const { sourceDirs } = this;
    const { signal } = request;
    const made =
      embedded && system
        ? buildWithOwnTool({ ...common, system })
        : await this.inScratch((scratch) => buildWithSdkTool({ ...common, systemFile, sourceDirs, system, refusal, signal }, scratch));
    const capdl = join(this.outputDir, CAPDL_FILE);
    if (made.capdl === undefined) await fs.rm(capdl, { force: true });
    const outputs = await publish(
      [
        ...built
          .filter(({ program }) => !program.prebuilt)
          .map(({ program, file }) => ({ to: join(this.outputDir, program.name), from: file })),
        { to: image, content: made.image },
        { to: report, content: made.report },
        ...(made.capdl === undefined ? [] : [{ to: capdl, content: made.capdl }]),
      ],
      request.signal,
    );
    await writeState(this.folder, { key, outputs, warnings: made.warnings });
    request.onProgress?.({ label: 'loader.img is ready', done: this.total, total: this.total });
    return { image, report, sources, upToDate: false, processors, sdk, warnings: [...compilerWarnings, ...made.warnings] };
  }

  private async descriptionText(systemFile: string): Promise<string> {
    const bytes = await fs.readFile(systemFile).catch((error: Error) => {
      throw new DiagnosticError('SystemDescriptionError', [
        { severity: 'error', file: systemFile, message: `cannot be read: ${error.message}` },
      ]);
    });
    if (this.request.confined) requireSize(systemFile, bytes.length);
    return decodeDescription(bytes, systemFile);
  }

  private step(label: string): void {
    this.request.onProgress?.({ label, done: this.done++, total: this.total });
  }

  private async inScratch<T>(use: (scratch: string) => Promise<T>): Promise<T> {
    const scratch = temporaryName(join(this.folder, 'tool'));
    await fs.mkdir(scratch, { recursive: true });
    try {
      return await use(scratch);
    } finally {
      await fs.rm(scratch, { recursive: true, force: true });
    }
  }

  /** Does a step for all items, also after one was wrong: a reader with errors in two files wants to hear of both. */
  private async forAll<T>(items: readonly T[], width: number, task: (item: T) => Promise<void>): Promise<void> {
    const wrong: DiagnosticError[] = [];
    await forEachParallel(
      items,
      async (item) => {
        try {
          await task(item);
        } catch (error) {
          if (!(error instanceof DiagnosticError)) throw error;
          wrong.push(error);
        }
      },
      width,
    );
    const [first] = wrong;
    if (!first) return;
    throw new DiagnosticError(
      first.kind,
      wrong.flatMap(({ diagnostics }) => diagnostics),
    );
  }

  /** @throws DiagnosticError for a path that leads out of the source folders */
  private requireInside(paths: readonly string[], systemFile: string): void {
    const outside = paths.find((path) => isAbsolute(path) || path.split(/[\\/]/).includes('..'));
    if (outside === undefined) return;
    const message = `it takes in ${outside}, which is not among the sources`;
    throw new DiagnosticError('SystemDescriptionError', [
      { severity: 'error', file: systemFile, message, hint: 'a system that is graded may use the files of its own folder' },
    ]);
  }

  /** Compiles every source once. */
  private async compile(programs: readonly Program[], toolchain: Toolchain, sdk: string): Promise<Map<string, CompiledObject>> {
    const store = new ObjectStore(join(this.folder, this.request.config), toolchain);
    const settings: CompileSettings = {
      flags: PROGRAM_FLAGS,
      includeDirs: this.sourceDirs,
      systemIncludeDirs: [join(boardDir(sdk, this.request.config), 'include'), ...vmmIncludeDirs()],
    };
    const kept = await this.keptPrograms(toolchain, sdk);
    const objects = new Map<string, CompiledObject>();
    const { signal, confined } = this.request;
    const settingsOfCplusplus = cplusplusSettings(settings);
    const confinement = {
      C: new Confinement(this.folder, toolchain, settings).check,
      'C++': new Confinement(this.folder, toolchain, settingsOfCplusplus, '.cpp').check,
    };
    const objectOf = async (source: string): Promise<CompiledObject> => {
      const language = languageOf(source);
      const own = this.isOwn(source);
      if (language === 'Rust') {
        const rust = await requireRust(source, confined === true && own, signal);
        return new ObjectStore(join(this.folder, this.request.config), rust).object(source, settings, signal);
      }
      const told = language === 'C++' ? settingsOfCplusplus : settings;
      if (kept && !own) return kept.object(source, { ...told, includeDirs: this.othersDirs }, store, signal);
      return store.object(source, confined && own ? { ...told, foreign: confinement[language === 'C++' ? 'C++' : 'C'] } : told, signal);
    };
    await this.forAll([...new Set(programs.flatMap(({ sources }) => sources))], 2, async (source) => {
      const object = await objectOf(source);
      objects.set(source, object);
      this.step(`${basename(source)} is ${object.compiled ? 'compiled' : 'as it was'}`);
    });
    return objects;
  }

  /** The folders without the first. */
  private get othersDirs(): string[] {
    return this.sourceDirs.filter((folder) => folder !== this.sourceDirs[0]);
  }

  /** Whether a source is in the first folder: where a build is confined, it is somebody else's. */
  private isOwn(source: string): boolean {
    return source.startsWith(`${this.sourceDirs[0]}${sep}`);
  }

  /** What is kept of programs that are the same for everybody; undefined where there are none. */
  private keptPrograms(toolchain: Toolchain, sdk: string): Promise<KeptPrograms | undefined> {
    const [own = ''] = this.sourceDirs;
    // A header among the files of one person may be meant by all programs.
    const shared = this.request.confined && !readdirSync(own).some((name) => name.endsWith('.h'));
    return shared ? KeptPrograms.open(toolchain, sdk, this.request.config, this.othersDirs) : Promise.resolve(undefined);
  }

  /** All programs are linked with the same. */
  private digestOfLibrary(path: string): Promise<string> {
    const known = this.libraries.get(path) ?? fileDigest(path);
    this.libraries.set(path, known);
    return known;
  }

  /** The guest as an object file, where one of the program's objects asks for it. */
  private async guestOf(program: Program, objects: readonly CompiledObject[], toolchain: Toolchain): Promise<GuestObject | undefined> {
    const wanted = GUEST_SYMBOLS.find((symbol) => objects.some(({ undefinedSymbols }) => undefinedSymbols.includes(symbol)));
    if (!wanted) return undefined;
    const { guest, guestBootargs = '', packGuest } = this.request;
    if (!guest) throw noGuest(program, wanted);
    if (packGuest) return packGuest(guest, guestBootargs, this.work);
    return planGuestObject(guest, toolchain, guestBootargs, this.work);
  }

  private async link(program: Program, all: Map<string, CompiledObject>, toolchain: Toolchain, sdk: string): Promise<BuiltProgram> {
    if (program.prebuilt) return { program, file: program.prebuilt, key: await fileDigest(program.prebuilt), warnings: [] };
    const objects = program.sources.map((source) => all.get(source)!);
    const warnings = objects.flatMap((object) => object.warnings);
    const lib = join(boardDir(sdk, this.request.config), 'lib');
    const script = join(lib, 'microkit.ld');
    const libraries = [join(lib, 'libmicrokit.a')];
    if (objects.some(({ inputs }) => inputs.some((path) => /[\\/](libvmm[\\/][^\\/]+|libvmm\.h)$/.test(path)))) {
      libraries.unshift(await ensureVmmLibrary(sdk, this.request.config, toolchain, this.work));
    }
    libraries.push(...(await rustLibraries(program.sources, this.request.signal)));
    const guest = await this.guestOf(program, objects, toolchain);
    const key = digest(
      toolchain.identity,
      ...LINK_FLAGS,
      ...objects.map((object) => object.key),
      ...libraries,
      script,
      guest?.key ?? '',
      sdk,
      ...(await Promise.all([script, ...libraries].map((path) => this.digestOfLibrary(path)))),
    );

    const kept = program.sources.some((source) => this.isOwn(source)) ? undefined : await this.keptPrograms(toolchain, sdk);
    const before = await kept?.program(program.name, key);
    if (before) {
      this.step(`${program.name} is as it was`);
      return { program, ...before, key, warnings };
    }
    const file = join(this.folder, this.request.config, program.name);
    const record = `${file}.json`;
    const known = await readLink(record);
    if (
      known?.key === key &&
      (await fs.access(file).then(
        () => true,
        () => false,
      ))
    ) {
      this.step(`${program.name} is as it was`);
      return { program, file, key, warnings: [...warnings, ...known.warnings] };
    }
    this.step(`linking ${program.name}`);
    await fs.mkdir(dirname(file), { recursive: true });
    const temporary = temporaryName(file);
    try {
      const inputs = objects.flatMap((object) => object.inputs);
      const about = (diagnostic: Diagnostic): Diagnostic => aboutProgram(diagnostic, program.name, inputs);
      const said = (
        await toolchain
          .link({
            objects: [...objects.map(({ path }) => path), ...(await guestFiles(guest))],
            libraries,
            script,
            output: temporary,
            flags: LINK_FLAGS,
            signal: this.request.signal,
          })
          .catch((error: unknown) => {
            throw error instanceof DiagnosticError ? new DiagnosticError(error.kind, error.diagnostics.map(about)) : error;
          })
      ).map(about);
      await fs.rm(record, { force: true });
      await fs.rename(temporary, file);
      await writeFileAtomically(record, JSON.stringify({ key, warnings: said }));
      if (said.length === 0) await kept?.keep(program.name, key, file);
      return { program, file, key, warnings: [...warnings, ...said] };
    } finally {
      await fs.rm(temporary, { force: true });
    }
  }
}

/** What a program with a guest is linked with. */
async function guestFiles(guest: GuestObject | undefined): Promise<string[]> {
  await guest?.make?.();
  return guest ? [guest.path] : [];
}

/** The folder of the reader's SDK; undefined for the embedded one. */
const givenSdk = (sdk: string | undefined): string | undefined =>
  sdk === EMBEDDED_SDK ? undefined : (sdk ?? (process.env.MICROKIT_SDK || undefined));

interface Described {
  /** Absent where our own reader refuses what another SDK may take. */
  system?: SystemDescription;
  refusal?: DiagnosticError;
  images: ReturnType<typeof programImages>;
}

/** With an SDK of the reader's, its tool decides: what our own reader does not know is no reason to stop. */
function describe(text: string, file: string, embedded: boolean, prefillBytes: (path: string) => number | undefined): Described {
  try {
    const system = readSystem(text, file, prefillBytes);
    return { system, images: programImages(system) };
  } catch (error) {
    if (embedded || !(error instanceof DiagnosticError)) throw error;
    const { images, prefills } = namedFiles(text, file);
    prefills.forEach(prefillBytes);
    return { refusal: error, images };
  }
}

/** A program that embeds a guest in a system that has none. */
function noGuest(program: Program, symbol: string): DiagnosticError {
  return new DiagnosticError('LinkError', [
    {
      severity: 'error',
      file: program.sources.at(0) ?? program.name,
      message: `${program.name} embeds a Linux guest (it uses ${symbol}), and this system has none`,
      hint: `write in chapter.json "guest": { "drivers": ["virtio_mmio", "virtio_net"], "init": "guest/init" }, and what the guest is to do in guest/init, a shell script`,
    },
  ]);
}

async function readLink(path: string): Promise<{ key: string; warnings: Diagnostic[] } | undefined> {
  try {
    return JSON.parse(await fs.readFile(path, 'utf8')) as { key: string; warnings: Diagnostic[] };
  } catch {
    return undefined;
  }
}
