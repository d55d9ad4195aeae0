import type { JsonValue } from '../core/evaluator.js';
import { Terminal } from '../render/terminal.js';
import { replay, type SavedConsole } from './console-history.js';
import type { ConsoleView, ConsoleViewFactory, Drawing, ViewedMachine } from './console-view.js';

/** States of views by the names of their factories, as snapshots keep them. */
export type SavedViews = Readonly<Record<string, JsonValue>>;

/** The views that read one machine's console. */
export class ConsoleViews {
  private readonly views = new Map<ConsoleViewFactory, ConsoleView>();

  /** @param past states of a snapshot's views; those of kits that are not loaded are kept for the next snapshot. */
  constructor(
    private readonly machine: ViewedMachine,
    private readonly past: SavedViews = {},
  ) {}

  /** Adds a view that has seen nothing yet. */
  add(factory: ConsoleViewFactory): void {
    this.views.set(factory, factory.create(this.machine, this.past[factory.name]));
  }

  /** Adds a view to a machine that has run already: it reads what the console has shown. */
  addLate(factory: ConsoleViewFactory, history: SavedConsole): void {
    const view = factory.create(this.machine, this.past[factory.name]);
    this.views.set(factory, view);
    const terminal = new Terminal();
    for (const { bytes, thenShown } of replay(history)) {
      for (const output of [...terminal.feed(bytes), ...(thenShown ? terminal.flush() : [])]) {
        if (output.kind === 'text') view.text(output.text);
        else view.redraw(output.rows);
      }
    }
  }

  /** The view that this factory made; undefined when its kit is not loaded. */
  get<View extends ConsoleView>(factory: ConsoleViewFactory<View>): View | undefined {
    return this.views.get(factory) as View | undefined;
  }

  /** What there is to show, in the order in which the views were added. */
  drawings(): Drawing[] {
    return [...this.views.values()].map((view) => view.drawing()).filter((drawing) => drawing !== undefined);
  }

  text(text: string): void {
    for (const view of this.views.values()) view.text(text);
  }

  /** Gives redrawn rows to the first view that takes them. */
  redraw(rows: readonly string[]): { view: ConsoleView; drawing: Drawing } | undefined {
    for (const view of this.views.values()) {
      const drawing = view.redraw(rows);
      if (drawing) return { view, drawing };
    }
    return undefined;
  }

  answered(typed: string): void {
    for (const view of this.views.values()) view.answered?.(typed);
  }

  stopped(): void {
    for (const view of this.views.values()) view.stopped?.();
  }

  save(): SavedViews {
    const states: Record<string, JsonValue> = { ...this.past };
    for (const [{ name }, view] of this.views) {
      const state = view.save?.();
      if (state !== undefined) states[name] = state;
    }
    return states;
  }
}
