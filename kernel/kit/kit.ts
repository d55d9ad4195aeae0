import type { ConsoleViewFactory } from '../session/console-view.js';
import type { Session } from '../session/session.js';
import type { BootStage, Magic } from './magic.js';

/** The TypeScript that a chapter adds to the kernel. Its module exports it by the name `kit`. */
export interface Kit {
  /** Read the console of each machine; `%show NAME` shows what they have. */
  readonly views?: readonly ConsoleViewFactory[];
  /** A name of a magic that is there already is an error. */
  readonly magics?: readonly Magic[];
  /** What TypeScript cells can do with `machine`, besides what they always can. */
  readonly machine?: MachineExtension;
  /** Shown by `%run` after the stages of every guest's boot, where a person is at the front end. */
  readonly bootStages?: readonly BootStage[];
}

/** Methods that a kit adds to `machine` in TypeScript cells. */
export interface MachineExtension {
  /**
   * The members of an interface that declares the methods, for the type checker of cells. All of them
   * return promises.
   */
  readonly declaration: string;
  /** The same methods by name. Arguments and results are structured clones: cells run in another process. */
  readonly methods: { readonly [name: string]: (session: Session, ...args: unknown[]) => unknown };
}

/** A kit, and where it comes from. */
export interface LoadedKit {
  readonly chapter: string;
  /** The file that it was loaded from. */
  readonly path: string;
  readonly kit: Kit;
}

/** Loads the kits of a chapter: those of the chapters that it uses, and its own. None when there is no chapter of this name. */
export type KitLoader = (chapter: string) => Promise<readonly LoadedKit[]>;
