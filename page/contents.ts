/** The reader's files between JupyterLite, which keeps them over reloads, and the kernel's memory. */
import type { ReadersFile } from '../kernel/site/page-messages.js';
import type { Contents, Model } from './jupyterlite.js';
import { filesOf, readFile } from './saving.js';

/** Notebooks are the front end's alone, and so is what is hidden. */
const isForKernel = (path: string): boolean => !path.endsWith('.ipynb') && !path.split('/').some((part) => part.startsWith('.'));

export class KernelFiles {
  /** What was written last, by path: it needs no second look when the front end tells. */
  private readonly written = new Map<string, string>();
  private saving: Promise<void> = Promise.resolve();

  constructor(
    private readonly contents: Contents,
    /** The kernel's folder: files outside of it are not the kernel's. */
    private readonly folder: string,
    /** Why a file could not be kept. */
    private readonly failed: (path: string, why: string) => void,
  ) {}

  /** All files of the folder. */
  all(): Promise<ReadersFile[]> {
    return filesOf(this.contents, this.folder, isForKernel);
  }

  /** Tells of files that somebody else changes, until the returned function is called. */
  watch(changed: (files: ReadersFile[]) => void): () => void {
    const slot = (
      _: unknown,
      { type, oldValue, newValue }: { type: string; oldValue: Partial<Model> | null; newValue: Partial<Model> | null },
    ): void => {
      const [before, now] = [oldValue?.path, newValue?.path];
      if ((type === 'delete' || type === 'rename') && before !== undefined && this.isOurs(before)) changed([{ path: before }]);
      if (type === 'delete' || now === undefined || !this.isOurs(now) || newValue?.type === 'directory') return;
      void readFile(this.contents, now).then((content) => {
        if (textOf(content) !== this.written.get(now)) changed([{ path: now, content }]);
      });
    };
    this.contents.fileChanged.connect(slot);
    return () => this.contents.fileChanged.disconnect(slot);
  }

  /** Keeps what cells have written, in order. */
  keep(files: readonly ReadersFile[]): void {
    for (const file of files) {
      this.saving = this.saving
        .then(() => this.save(file))
        .catch((error: unknown) => this.failed(file.path, error instanceof Error ? error.message : String(error)));
    }
  }

  private isOurs(path: string): boolean {
    return isForKernel(path) && (this.folder === '' || path.startsWith(`${this.folder}/`));
  }

  private async save({ path, content }: ReadersFile): Promise<void> {
    if (!content) {
      this.written.delete(path);
      return this.contents.delete(path);
    }
    await this.makeFolder(path.split('/').slice(0, -1));
    const text = textOf(content);
    this.written.set(path, text);
    const isText = !text.includes('\ufffd');
    const model = isText ? { format: 'text' as const, content: text } : { format: 'base64' as const, content: base64(content) };
    await this.contents.save(path, { type: 'file', path, ...model });
  }

  private async makeFolder(parts: readonly string[]): Promise<void> {
    for (let count = 1; count <= parts.length; count++) {
      const path = parts.slice(0, count).join('/');
      const there = await this.contents.get(path, { content: false }).then(
        () => true,
        () => false,
      );
      if (!there) await this.contents.save(path, { type: 'directory', path });
    }
  }
}

const textOf = (content: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(content);

function base64(content: Uint8Array): string {
  let binary = '';
  for (const byte of content) binary += String.fromCharCode(byte);
  return btoa(binary);
}
