/** What JupyterLab and Notebook do with notebooks of this kernel: cells are coloured in the language of what is in them. */
import { languageOfBody } from '../kernel/notebook/cell-language.js';
import type { CellModel, NotebookPanel, NotebookTracker } from './jupyterlab.js';

/** By which the front end knows these languages. */
const MIME_TYPES: Readonly<Record<string, string>> = {
  c: 'text/x-csrc',
  xml: 'text/xml',
  json: 'application/json',
  bash: 'text/x-sh',
};
const CLASS = 'virtbook-notebook';
/** Lines break between words, so that numbers stay whole. */
const STYLE = `.${CLASS} .jp-OutputArea-output pre { word-break: normal; overflow-wrap: anywhere; }`;

/** A plugin of JupyterLab. `tracker` is the token of the notebooks that are open. */
export const plugin = (tracker: unknown): object => ({
  id: 'virtbook:cells',
  description: 'Colours the cells of virtbook in the language of what is in them.',
  autoStart: true,
  requires: [tracker],
  activate(_app: unknown, notebooks: NotebookTracker): void {
    const style = document.createElement('style');
    style.textContent = STYLE;
    document.head.append(style);
    notebooks.widgetAdded.connect((_sender, panel) => follow(panel));
    notebooks.forEach(follow);
  },
});

function follow(panel: NotebookPanel): void {
  void panel.context.ready.then(() => {
    const { model } = panel.context;
    const colourAll = (): void => {
      panel.toggleClass(CLASS, isOurs(model));
      for (const cell of model.cells) colour(panel, cell);
    };
    const followCell = (cell: CellModel): void => {
      cell.sharedModel.changed.connect(() => colour(panel, cell));
      // A notebook whose kernel has said its language gives it to all cells.
      cell.mimeTypeChanged.connect(() => colour(panel, cell));
    };
    for (const cell of model.cells) followCell(cell);
    model.cells.changed.connect((_sender, { type, newValues }) => {
      if (type !== 'add' && type !== 'set') return;
      newValues.forEach(followCell);
      colourAll();
    });
    model.metadataChanged.connect(colourAll);
    colourAll();
  });
}

/** Whether a notebook is for this kernel, by what it was saved with or its kernel has said. */
function isOurs(model: NotebookPanel['context']['model']): boolean {
  const { name, language } = (model.getMetadata('kernelspec') ?? {}) as { name?: string; language?: string };
  return name === 'virtbook' || language === 'virtbook';
}

/** What the cell had before it was given a language of its own. */
const before = new WeakMap<CellModel, string>();

function colour(panel: NotebookPanel, cell: CellModel): void {
  if (cell.type !== 'code') return;
  const language = isOurs(panel.context.model) ? languageOfBody(cell.sharedModel.getSource())?.language : undefined;
  const own = language === undefined ? undefined : MIME_TYPES[language];
  const wanted = own ?? before.get(cell);
  if (own === undefined) before.delete(cell);
  else if (!before.has(cell)) before.set(cell, cell.mimeType);
  if (wanted !== undefined && cell.mimeType !== wanted) cell.mimeType = wanted;
}
