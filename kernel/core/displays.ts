import type * as nbformat from '@jupyterlab/nbformat';
import type { Message } from '../protocol/message.js';
import { published, type BundleContent } from '../protocol/published.js';

type DisplayOutput = nbformat.IDisplayData | nbformat.IExecuteResult;

/** Displays that have an identifier, in whatever cell they are: an update from a later cell reaches the earlier one. */
export class Displays {
  private readonly shown = new Map<string, { output: DisplayOutput; changed: () => void }[]>();

  add(id: string, output: DisplayOutput, changed: () => void): void {
    this.shown.set(id, [...(this.shown.get(id) ?? []), { output, changed }]);
  }

  update(id: string, data: nbformat.IMimeBundle, metadata: nbformat.OutputMetadata): void {
    for (const { output, changed } of this.shown.get(id) ?? []) {
      output.data = data;
      output.metadata = metadata;
      changed();
    }
  }
}

/** The outputs of one cell in notebook format (nbformat 4.5), folded from messages as a front end does it. */
export class OutputArea {
  readonly outputs: nbformat.IOutput[] = [];
  private clearAtNext = false;

  /** `changed` is called after each message that changed the outputs, also by an update from another cell. */
  constructor(
    private readonly displays: Displays,
    private readonly changed: () => void = () => undefined,
  ) {}

  apply(message: Message): void {
    const { type, content } = published(message);
    switch (type) {
      case 'stream':
        this.stream(content.name, content.text);
        break;
      case 'display_data': {
        const output: nbformat.IDisplayData = { output_type: 'display_data', ...bundleOf(content) };
        const { display_id: id } = content.transient;
        if (id !== undefined) this.displays.add(id, output, this.changed);
        this.append(output);
        break;
      }
      case 'execute_result': {
        const output: nbformat.IExecuteResult = {
          output_type: 'execute_result',
          execution_count: content.execution_count,
          ...bundleOf(content),
        };
        this.append(output);
        break;
      }
      case 'error': {
        const { ename, evalue, traceback } = content;
        this.append({ output_type: 'error', ename, evalue, traceback } satisfies nbformat.IError);
        break;
      }
      case 'update_display_data': {
        const { data, metadata } = bundleOf(content);
        this.displays.update(content.transient.display_id, data, metadata);
        return;
      }
      case 'clear_output':
        if (content.wait) this.clearAtNext = true;
        else this.outputs.length = 0;
        break;
      default:
        return;
    }
    this.changed();
  }

  private append(output: nbformat.IOutput): void {
    if (this.clearAtNext) this.outputs.length = 0;
    this.clearAtNext = false;
    this.outputs.push(output);
  }

  private stream(name: nbformat.StreamType, text: string): void {
    const last = this.clearAtNext ? undefined : this.outputs.at(-1);
    if (last?.output_type === 'stream' && last.name === name) last.text = `${last.text as string}${text}`;
    else this.append({ output_type: 'stream', name, text } satisfies nbformat.IStream);
  }
}

/** The same JSON by the types of nbformat, which name fewer kinds of it. */
function bundleOf({ data, metadata }: BundleContent): { data: nbformat.IMimeBundle; metadata: nbformat.OutputMetadata } {
  return { data: data as nbformat.IMimeBundle, metadata: metadata };
}
