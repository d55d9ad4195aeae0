import type { CommHost } from '../core/comms.js';
import type { JsonValue } from '../core/evaluator.js';
import type { JsonObject } from '../protocol/message.js';
import {
  boxModel,
  buttonModel,
  buttonStyleModel,
  htmlModel,
  htmlStyleModel,
  layoutModel,
  textModel,
  textStyleModel,
  type ButtonStyleState,
  type LayoutState,
} from './models.js';
import { Widget, WIDGET_TARGET } from './widget.js';

/** Front ends open it to ask for all models at once, after a page was loaded anew. */
const CONTROL_TARGET = 'jupyter.widget.control';

export interface ControlOptions {
  /** May be shared; one of `Widgets.layout`. */
  layout?: Widget;
  /** Shown when the pointer rests on it. */
  tooltip?: string;
}

/** The models that live in each kernel. */
const living = new WeakMap<object, Map<string, Widget>>();

/** Makes widgets for a cell: what they send belongs to it until a front end sends something. */
export class Widgets {
  private readonly models: Map<string, Widget>;
  private plain: { layout: Widget; style: Widget; htmlStyle: Widget; textStyle: Widget } | undefined;

  constructor(private readonly host: CommHost) {
    const known = living.get(host.kernel);
    this.models = known ?? new Map<string, Widget>();
    if (known) return;
    living.set(host.kernel, this.models);
    const models = this.models;
    host.register(CONTROL_TARGET, (comm) => {
      comm.onMessage = ({ data }) => {
        if (data['method'] !== 'request_states') return;
        const states = Object.fromEntries([...models].map(([id, model]) => [id, savedState(model)]));
        comm.send({ data: { method: 'update_states', states, buffer_paths: [] } });
      };
    });
  }

  /**
   * Whether a front end of this kernel shows widgets. Those of JupyterLab and Jupyter Notebook ask for what there is when
   * they connect; one that keeps silent may still show them.
   */
  static shown(host: CommHost): boolean {
    return host.wanted(WIDGET_TARGET) || host.wanted(CONTROL_TARGET);
  }

  layout(state: LayoutState): Widget {
    return this.add(layoutModel(state));
  }

  buttonStyle(state: ButtonStyleState): Widget {
    return this.add(buttonStyleModel(state));
  }

  /** `onClick` may take its time; its signal is aborted when the reader interrupts the kernel. */
  button(label: string, onClick: (signal: AbortSignal) => void | Promise<void>, options: ControlOptions & { style?: Widget } = {}): Widget {
    const { layout, style } = this.defaults();
    const button = this.add({
      ...buttonModel(label),
      ...references({ layout: options.layout ?? layout, style: options.style ?? style }),
      tooltip: options.tooltip ?? null,
    });
    button.onCustom = ({ event }, signal) => (event === 'click' ? onClick(signal) : undefined);
    return button;
  }

  /** A line to type in, with its label before it. `onSubmit` is called at Enter, with what stands there then. */
  text(
    label: string,
    placeholder: string,
    onSubmit: (value: string, signal: AbortSignal) => void | Promise<void>,
    options: ControlOptions = {},
  ): Widget {
    const { layout, textStyle } = this.defaults();
    const field = this.add({
      ...textModel(label, placeholder),
      ...references({ layout: options.layout ?? layout, style: textStyle }),
      tooltip: options.tooltip ?? null,
    });
    field.onCustom = ({ event }, signal) => (event === 'submit' ? onSubmit(textOf(field.state['value']), signal) : undefined);
    return field;
  }

  /** `value` is HTML; its text must have been escaped. */
  html(value: string, options: ControlOptions = {}): Widget {
    const { layout, htmlStyle } = this.defaults();
    const style = references({ layout: options.layout ?? layout, style: htmlStyle });
    return this.add({ ...htmlModel(value), ...style, tooltip: options.tooltip ?? null });
  }

  /** Widgets beside or below each other. */
  box(children: readonly Widget[], options: ControlOptions & { direction?: 'row' | 'column' } = {}): Widget {
    return this.add({
      ...boxModel(options.direction ?? 'column'),
      ...references({ layout: options.layout ?? this.defaults().layout }),
      children: children.map((child) => child.reference),
    });
  }

  private add(state: JsonObject): Widget {
    const widget = new Widget(this.host, state, (closed) => this.models.delete(closed.id));
    this.models.set(widget.id, widget);
    return widget;
  }

  private defaults(): NonNullable<typeof this.plain> {
    this.plain ??= {
      layout: this.layout({}),
      style: this.buttonStyle({}),
      htmlStyle: this.add(htmlStyleModel()),
      textStyle: this.add(textStyleModel()),
    };
    return this.plain;
  }
}

function references(widgets: Record<string, Widget>): JsonObject {
  return Object.fromEntries(Object.entries(widgets).map(([name, widget]) => [name, widget.reference]));
}

/** A text as a front end has set it. Should it have sent another kind of value, that value as JSON. */
function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function savedState({ state }: Widget): JsonObject {
  const { _model_name, _model_module, _model_module_version } = state;
  return {
    model_name: _model_name ?? null,
    model_module: _model_module ?? null,
    model_module_version: _model_module_version ?? null,
    state,
  };
}
