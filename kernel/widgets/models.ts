/**
 * Widget models as front ends know them: ipywidgets 8, packages `@jupyter-widgets/base` 2.0.0 and
 * `@jupyter-widgets/controls` 2.0.0 (ipywidgets, "Jupyter widgets: model state", messaging protocol 2.1.0).
 */
import type { JsonObject } from '../protocol/message.js';

const BASE = { module: '@jupyter-widgets/base', version: '2.0.0' };
const CONTROLS = { module: '@jupyter-widgets/controls', version: '2.0.0' };

/** Fields that tell the front end which code shows a model. */
function kind(name: string, model = CONTROLS, view = model, viewName = name): JsonObject {
  return {
    _model_module: model.module,
    _model_module_version: model.version,
    _model_name: `${name}Model`,
    _view_module: view.module,
    _view_module_version: view.version,
    _view_name: `${viewName}View`,
  };
}

/** CSS properties in snake case, such as `grid_template_columns`; those that are left out stay as they are. */
export type LayoutState = {
  [
    property in
      | 'align_items'
      | 'display'
      | 'flex'
      | 'flex_flow'
      | 'height'
      | 'justify_content'
      | 'margin'
      | 'max_width'
      | 'min_width'
      | 'overflow'
      | 'padding'
      | 'width'
  ]?: string;
};

export interface ButtonStyleState {
  button_color?: string;
  text_color?: string;
  font_weight?: string;
  font_size?: string;
}

const widget = { _dom_classes: [], tabbable: null, tooltip: null };

export const layoutModel = (state: LayoutState): JsonObject => ({ ...kind('Layout', BASE), ...state });

export const buttonStyleModel = (state: ButtonStyleState): JsonObject => ({
  ...kind('ButtonStyle', CONTROLS, BASE, 'Style'),
  ...{ button_color: null, text_color: null, font_weight: '', font_size: null, font_family: null },
  ...{ font_style: null, font_variant: null, text_decoration: null },
  ...state,
});

export const htmlStyleModel = (): JsonObject => ({
  ...kind('HTMLStyle', CONTROLS, BASE, 'Style'),
  ...{ background: null, description_width: '', font_size: null, text_color: null },
});

export const buttonModel = (description: string): JsonObject => ({
  ...kind('Button'),
  ...widget,
  ...{ button_style: '', description, disabled: false, icon: '' },
});

export const htmlModel = (value: string): JsonObject => ({
  ...kind('HTML'),
  ...widget,
  ...{ description: '', description_allow_html: false, placeholder: '\u200b', value },
});

export const textStyleModel = (): JsonObject => ({
  ...kind('TextStyle', CONTROLS, BASE, 'Style'),
  // As wide as the label.
  ...{ background: null, description_width: 'initial', font_size: null, text_color: null },
});

export const textModel = (label: string, placeholder: string): JsonObject => ({
  ...kind('Text'),
  ...widget,
  ...{ continuous_update: true, description: label, description_allow_html: false, disabled: false, placeholder, value: '' },
});

export const boxModel = (direction: 'row' | 'column'): JsonObject => ({
  ...kind(direction === 'row' ? 'HBox' : 'VBox'),
  ...widget,
  ...{ box_style: '', children: [] },
});
