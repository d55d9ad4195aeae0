import type { Signal } from './jupyterlite.js';
import { type NotebookTracker, Preparation, watchEdits } from './preparation.js';

class FakeSignal<Args> implements Signal<Args> {
  private readonly slots = new Set<(sender: unknown, args: Args) => void>();
  connect(slot: (sender: unknown, args: Args) => void): void {
    this.slots.add(slot);
  }
  disconnect(slot: (sender: unknown, args: Args) => void): void {
    this.slots.delete(slot);
  }
  emit(args: Args): void {
    for (const slot of this.slots) slot(undefined, args);
  }
}

test.each([
  ['%%file hello.c\nint x;', 1],
  ['%%edit vmm.c\nint x;', 1],
  ['# a comment\n%%file start.S\n', 1],
  ['%%file notes.txt\nsee hello.c', 0],
  ['%file hello.c', 0],
  ['1 + 1', 0],
])('of %j it is heard %i times', (text, times) => {
  let heard = 0;
  const preparation = new Preparation(() => heard++);
  // A reader types more than one letter.
  for (let letter = 0; letter < 5; letter++) preparation.edited(text);
  expect(heard).toBe(times);
});

test('a change of the source in JupyterLite is told with the notebook\u2019s kernel, once', () => {
  const changed = new FakeSignal<{ sourceChange?: unknown }>();
  const cell = { model: { sharedModel: { getSource: () => '%%file a.c\n', changed } } };
  const activeCellChanged = new FakeSignal<typeof cell | null>();
  const tracker: NotebookTracker = { activeCellChanged, currentWidget: { sessionContext: { session: { kernel: { id: 'k' } } } } };
  const seen: [string, string][] = [];
  watchEdits(tracker, (...each) => seen.push(each));
  for (const active of [cell, null, cell]) activeCellChanged.emit(active);
  changed.emit({});
  changed.emit({ sourceChange: [] });
  expect(seen).toEqual([['k', '%%file a.c\n']]);
});
