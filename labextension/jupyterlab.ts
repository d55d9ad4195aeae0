/** What is used of JupyterLab's objects. Its packages are the front end's own: nothing of them is in this extension. */

interface Signal<Args> {
  connect(slot: (sender: unknown, args: Args) => void): void;
}

export interface CellModel {
  readonly type: string;
  mimeType: string;
  readonly mimeTypeChanged: Signal<unknown>;
  readonly sharedModel: { getSource(): string; readonly changed: Signal<unknown> };
}

export interface NotebookPanel {
  toggleClass(name: string, on: boolean): void;
  readonly context: {
    readonly ready: Promise<void>;
    readonly model: {
      readonly cells: Iterable<CellModel> & { readonly changed: Signal<{ type: string; newValues: CellModel[] }> };
      readonly metadataChanged: Signal<unknown>;
      getMetadata(key: string): unknown;
    };
  };
}

export interface NotebookTracker {
  readonly widgetAdded: Signal<NotebookPanel>;
  forEach(visit: (panel: NotebookPanel) => void): void;
}

/** Packages that the front end shares, by name and version (webpack's module federation). */
export type SharedPackages = Readonly<Record<string, Readonly<Record<string, { get(): Promise<() => unknown> }>> | undefined>>;

declare global {
  interface Window {
    /** Extensions that are loaded as they are, by their names. */
    _JUPYTERLAB?: Record<string, object>;
  }
}
