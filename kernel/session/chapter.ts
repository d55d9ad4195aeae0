/** A chapter as a session uses it: everything that its folder declares, with defaults filled in. */
export interface Chapter {
  /** Its folder's name, and what `%build NAME` calls it. */
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  /** How it was found. */
  readonly found: 'working folder' | 'chapter folders' | 'package';
  readonly title: string;
  /** Chapters are listed by it. */
  readonly order: number;
  /** `virtbook start` runs it when no name is given. */
  readonly start: boolean;
  /** Its notebook, absolute. */
  readonly notebook: string | undefined;
  /** File name of the description that is built when the reader has written none. */
  readonly system: string | undefined;
  /** The chapters that it builds on, in their order: it has their kits. Their sources and programs are in its own already. */
  readonly uses: readonly Chapter[];
  /** Folders with its sources, absolute, then those of the chapters that it uses; the reader's own come before them. */
  readonly sources: readonly string[];
  /** Which source files make a program image, by the image's file name. */
  readonly programs: ReadonlyMap<string, readonly string[]>;
  readonly machine: ChapterMachine;
  /** The Linux that a program may embed. */
  readonly guest: ChapterGuest | undefined;
  readonly kit: ChapterKit | undefined;
  /** What readers are asked to do, in order. */
  readonly tasks: readonly ChapterTask[];
  readonly assignment: ChapterAssignment;
}

/** How a chapter is handed out and graded. */
export interface ChapterAssignment {
  /** The source of the notebook that students get, absolute; undefined where the chapter has no notebook. */
  readonly notebook: string | undefined;
  /** Where the notebooks that are made of the sources are kept, absolute. It need not be there. */
  readonly built: string;
  /** What happens to a hand-in that has its own version of a file that is not the student's. */
  readonly foreign: 'ignore' | 'refuse';
}

/** A task of a chapter. What belongs to it is in its folder: `skeleton/`, `solution/`, `mistakes/NAME/` and `checks.ts`. */
export interface ChapterTask {
  readonly name: string;
  readonly title: string;
  /** In a sentence or a few. */
  readonly asks: string;
  /** File name of the description that is built for its checks; absent: the one that `%build` of the chapter takes. */
  readonly system: string | undefined;
  /** The TypeScript file of the reader's whose functions its checks call; undefined where the task asks for none. */
  readonly typescript: string | undefined;
  /** Absolute. */
  readonly folder: string;
  /** Folders with what a reader begins with, absolute: a file of a later one comes before one of the same name in an earlier one. */
  readonly skeleton: readonly string[];
  /** Absolute path of the module with its checks; undefined where there is none yet. */
  readonly checks: string | undefined;
  /** In the order in which a reader gets them. */
  readonly hints: readonly TaskHint[];
  /** Wrong solutions that the author keeps, each with the name of the hint that it must get. */
  readonly mistakes: readonly { readonly name: string; readonly hint: string }[];
  /** Points where it is graded, by the names of the marks that its checks count for; none: it is not graded. */
  readonly points: ReadonlyMap<string, number>;
}

export interface TaskHint {
  readonly name: string;
  readonly text: string;
}

/** A chapter after all that it uses, each once. */
export const withUsed = (chapter: Chapter): Chapter[] => [...new Set([...chapter.uses.flatMap(withUsed), chapter])];

/** What the machine of a chapter, or of a reader's own system, is made of. */
export interface ChapterMachine {
  /** In bytes. */
  readonly ramSize: number;
  readonly processors: number;
  readonly virtualization: boolean;
  /** Where `loader.img` is put, and the machine starts. */
  readonly imageAddress: number;
  /** The network card and what is in its network; absent: no card. */
  readonly network: ChapterNetwork | undefined;
}

export interface ChapterNetwork {
  readonly mac: string;
  readonly hosts: readonly ChapterHost[];
}

export interface ChapterHost {
  /** Absolute path of a TypeScript or JavaScript file. */
  readonly module: string;
  /** What the module is given: any JSON. */
  readonly argument: unknown;
}

export interface ChapterGuest {
  /** Kernel modules, without `.ko`; those that they need come along. */
  readonly drivers: readonly string[];
  /** Absolute path of the script that the guest starts with. */
  readonly init: string;
}

export interface ChapterKit {
  /** Absolute path of a TypeScript or JavaScript file. */
  readonly module: string;
  /** Names of the magics in it, so that a reader who uses one can be told the chapter before any of it is loaded. */
  readonly magics: readonly string[];
}

export interface BrokenChapter {
  readonly name: string;
  readonly error: Error;
}

/** All chapters that can be found. */
export interface Chapters {
  /**
   * The chapter of this name, as seen from a working folder.
   * @throws DiagnosticError when its declaration is wrong
   */
  find(name: string, folder: string): Chapter | undefined;
  /** Every chapter that can be read, by its order. */
  all(folder: string): Chapter[];
  /** The same, and the chapters whose declarations are wrong. */
  survey(folder: string): { readable: Chapter[]; broken: BrokenChapter[] };
  /**
   * Path of the JavaScript for a module of a chapter, which may be TypeScript.
   * @throws DiagnosticError with file and line of what is wrong in the module
   */
  script(module: string, chapter: Chapter): string;
}

/** There is no chapter but the reader's own work. */
export const NO_CHAPTERS: Chapters = {
  find: () => undefined,
  all: () => [],
  survey: () => ({ readable: [], broken: [] }),
  script: (module) => module,
};

/** The machine of a system that belongs to no chapter, and of a chapter that does not say otherwise. */
export const DEFAULT_MACHINE: ChapterMachine = {
  ramSize: 2 * 1024 ** 3,
  processors: 1,
  virtualization: true,
  imageAddress: 0x7000_0000,
  network: { mac: '52:54:00:12:34:56', hosts: [] },
};
