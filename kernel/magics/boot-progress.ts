import { randomUUID } from 'node:crypto';
import type { CellContext, MimeBundle } from '../core/evaluator.js';
import type { BootStage } from '../kit/magic.js';
import { stripSgr } from '../render/sgr.js';

const system: BootStage[] = [
  { name: 'loader', sign: /^LDR\|/ },
  { name: 'microkernel', sign: /^Bootstrapping kernel/ },
  { name: 'protection domains', sign: /dropped to user space/ },
];
const guest: BootStage[] = [
  { name: 'Linux', sign: /Booting Linux on physical CPU/ },
  { name: 'lease', sign: /\blease of \S+ obtained/ },
];

/** How far a boot is, in one display that changes. Only for people: tools that run notebooks would keep its first state. */
export class BootProgress {
  private readonly displayId = randomUUID();
  private readonly stages: readonly BootStage[];
  private reached = 0;
  private partial = '';

  constructor(
    private readonly cell: CellContext,
    private readonly name: string,
    hasGuest: boolean,
    /** Stages of kits, after those that each guest has. */
    added: readonly BootStage[] = [],
  ) {
    this.stages = hasGuest ? [...system, ...guest, ...added] : system;
    if (cell.allowStdin) cell.display(this.bundle(true), { displayId: this.displayId });
  }

  /** Takes console text as it comes. */
  text(text: string): void {
    if (!this.cell.allowStdin || this.reached === this.stages.length) return;
    const lines = (this.partial + text).split('\n');
    this.partial = lines.pop() ?? '';
    const before = this.reached;
    for (const line of lines.map(stripSgr)) {
      const found = this.stages.findIndex(({ sign }, index) => index >= this.reached && sign.test(line));
      if (found >= 0) this.reached = found + 1;
    }
    if (this.reached !== before) this.cell.updateDisplay(this.displayId, this.bundle(true));
  }

  /** The machine stands still: what has been reached stays in the notebook. */
  end(): void {
    if (this.cell.allowStdin) this.cell.updateDisplay(this.displayId, this.bundle(false));
  }

  private bundle(running: boolean): MimeBundle {
    const marks = this.stages.map(({ name }, index) => {
      const done = index < this.reached;
      const current = running && index === this.reached - 1 && this.reached < this.stages.length;
      const [background, colour] = current ? ['#0969da', '#ffffff'] : done ? ['#1a7f37', '#ffffff'] : ['#eaeef2', '#57606a'];
      const sign = current ? '\u25b8' : done ? '\u2713' : '\u00b7';
      return {
        html: `<span style="display:inline-block;margin:0.1em;padding:0.1em 0.6em;border-radius:1em;background-color:${background};color:${colour}">${sign} ${name}</span>`,
        text: `${current ? '[>]' : done ? '[x]' : '[ ]'} ${name}`,
      };
    });
    // Consoles keep the first form: it says what is to come, and so stays true.
    const text = this.reached
      ? marks.map((mark) => mark.text).join('  ')
      : `Booting ${this.name}: ${this.stages.map(({ name }) => name).join(', ')}`;
    return {
      data: { 'text/plain': text, 'text/html': `<div title="stages of the boot">${marks.map((mark) => mark.html).join('')}</div>` },
    };
  }
}
