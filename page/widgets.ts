/** The widgets that the kernel's own magics use, on a page without ipywidgets: buttons, lines to type in, HTML, and boxes of these. */
import type { JsonObject, JsonValue } from '../kernel/protocol/json.js';
import type { Message } from '../kernel/protocol/message.js';

/** What models of this kind are opened as. */
export const WIDGET_TARGET = 'jupyter.widget';
/** A display of a model. */
const VIEW = 'application/vnd.jupyter.widget-view+json';
const REFERENCE = /^IPY_MODEL_/;

interface Model {
  readonly id: string;
  readonly state: JsonObject;
  /** What shows it, once it was asked for. */
  element?: HTMLElement;
}

/** Sends what a reader did to the model of the kernel. */
export type SendToModel = (id: string, data: JsonObject) => void;

const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');

export class PageWidgets {
  private readonly models = new Map<string, Model>();

  constructor(private readonly send: SendToModel) {}

  /** Takes a message about a model; false for all others. */
  received({ header, content: given }: Message): boolean {
    if (!header.msg_type.startsWith('comm_')) return false;
    const content = given as JsonObject;
    const id = text(content['comm_id']);
    const data = (content['data'] ?? {}) as JsonObject;
    const state = (data['state'] ?? {}) as JsonObject;
    if (header.msg_type === 'comm_open' && content['target_name'] === WIDGET_TARGET) this.models.set(id, { id, state: { ...state } });
    else if (header.msg_type === 'comm_close') this.models.delete(id);
    else if (header.msg_type === 'comm_msg' && data['method'] === 'update') this.change(id, state);
    return true;
  }

  /** The kernel of all models is gone: what is shown stays, and takes no more. */
  clear(): void {
    for (const { element } of this.models.values()) element?.setAttribute('inert', '');
    this.models.clear();
  }

  private change(id: string, changes: JsonObject): void {
    const model = this.models.get(id);
    if (!model) return;
    Object.assign(model.state, changes);
    if (model.element) this.draw(model, model.element);
  }

  /** The model that an output shows, where there is one. */
  modelOf(data: JsonObject): string | undefined {
    const id = text((data[VIEW] as JsonObject | undefined)?.['model_id']);
    return this.models.has(id) ? id : undefined;
  }

  /** What shows a model: the same element whenever it is asked for. */
  elementOf(id: string): HTMLElement {
    const model = this.models.get(id);
    if (!model) return document.createElement('span');
    if (model.element) return model.element;
    const element = document.createElement(text(model.state['_model_name']) === 'ButtonModel' ? 'button' : 'div');
    model.element = element;
    this.listen(model, element);
    this.draw(model, element);
    return element;
  }

  private listen({ id, state }: Model, element: HTMLElement): void {
    const custom = (event: string): void => this.send(id, { method: 'custom', content: { event } });
    if (element instanceof HTMLButtonElement) {
      element.type = 'button';
      element.addEventListener('click', () => custom('click'));
    }
    if (state['_model_name'] !== 'TextModel') return;
    const [label, field] = [document.createElement('label'), document.createElement('input')];
    label.append(text(state['description']), ' ', field);
    element.append(label);
    field.placeholder = text(state['placeholder']);
    field.addEventListener('input', () => {
      state['value'] = field.value;
      this.send(id, { method: 'update', state: { value: field.value }, buffer_paths: [] });
    });
    field.addEventListener('keydown', ({ key }) => key === 'Enter' && custom('submit'));
  }

  private draw({ state }: Model, element: HTMLElement): void {
    element.title = text(state['tooltip']);
    Object.assign(element.style, stylesOf(this.referred(state['layout'])));
    switch (state['_model_name']) {
      case 'ButtonModel':
        return this.drawButton(state, element as HTMLButtonElement);
      case 'TextModel': {
        const field = element.querySelector('input')!;
        if (field.value !== text(state['value'])) field.value = text(state['value']);
        field.disabled = state['disabled'] === true;
        return;
      }
      case 'HTMLModel':
        element.innerHTML = text(state['value']);
        return;
      default:
        return this.drawBox(state, element);
    }
  }

  private drawButton(state: JsonObject, button: HTMLButtonElement): void {
    const style = this.referred(state['style']);
    button.textContent = text(state['description']);
    button.disabled = state['disabled'] === true;
    Object.assign(button.style, {
      background: text(style['button_color']),
      color: text(style['text_color']),
      fontWeight: text(style['font_weight']),
    });
  }

  private drawBox(state: JsonObject, element: HTMLElement): void {
    element.style.display = 'flex';
    if (element.style.flexFlow === '') element.style.flexDirection = state['_model_name'] === 'HBoxModel' ? 'row' : 'column';
    const children = Array.isArray(state['children']) ? state['children'].map((child) => text(child).replace(REFERENCE, '')) : [];
    element.replaceChildren(...children.map((child) => this.elementOf(child)));
  }

  private referred(reference: JsonValue | undefined): JsonObject {
    return this.models.get(text(reference).replace(REFERENCE, ''))?.state ?? {};
  }
}

/** Properties of CSS: `grid_gap` is `gridGap`. Fields of the model itself begin with an underscore. */
const stylesOf = (layout: JsonObject): Record<string, string> =>
  Object.fromEntries(
    Object.entries(layout)
      .filter(([name, value]) => !name.startsWith('_') && typeof value === 'string')
      .map(([name, value]) => [name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), value as string]),
  );
