import { join, resolve } from 'node:path';
import type { HostModule } from '../../emulator/network/host-module.js';
import { type Chapter, type Chapters, NO_CHAPTERS } from './chapter.js';
import { Descriptions } from './descriptions.js';
import { displayPath, isInside, OUTPUT_FOLDER, sourceFolders } from './folders.js';

/** The reader's folder and the chapters that can be seen from it: where files are, and how they are called. */
export class Workspace {
  /** The working folder, absolute. */
  folder: string;
  readonly chapters: Chapters;
  /** The chapter that was named last. */
  chapter: Chapter | undefined;
  /** A Microkit SDK to use in place of the embedded one. */
  sdk: string | undefined;
  /** The descriptions of the notebook: the one that is meant, and those that were refused. */
  readonly descriptions = new Descriptions(this);

  constructor(folder: string, chapters: Chapters = NO_CHAPTERS) {
    this.folder = resolve(folder);
    this.chapters = chapters;
  }

  /** A path as the reader knows it. */
  display(path: string): string {
    // Whose else it is has to be asked of each chapter.
    return displayPath(this.folder, path, isInside(this.folder, resolve(this.folder, path)) ? [] : this.chapters.all(this.folder));
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

  /** The folder that `%build NAME` writes to. */
  outputOf(name: string): string {
    return join(this.folder, OUTPUT_FOLDER, name);
  }

  /** Hosts on the network of a chapter's machine. */
  networkHosts(name: string): HostModule[] {
    const chapter = this.enterChapter(name);
    const hosts = chapter?.machine.network?.hosts ?? [];
    return hosts.map(({ module, argument }) => ({ module: chapter ? this.chapters.script(module, chapter) : module, argument }));
  }
}
