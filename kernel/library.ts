/**
 * What others import as `virtbook/kernel`: what a kernel of another language needs (`core/seam.ts`), and for the kits of
 * chapters the interfaces that a kit implements, and what the magics and views of the house are made of themselves.
 */
export type { Kit, MachineExtension } from './kit/kit.js';
export { type BootStage, type Invocation, type Magic, type MagicArguments, signOf, usageOf } from './kit/magic.js';
export { parseDuration, wrongUse } from './kit/arguments.js';
export * from './core/seam.js';
export type { ConsoleView, ConsoleViewFactory, Drawing, ViewedMachine } from './session/console-view.js';
export { type ConsoleSink, type Ending, type Goal, MILLISECONDS, SECONDS, silentSink } from './session/machine-run.js';
export type { MachineControl } from './session/machine-control.js';
export type { Session } from './session/session.js';
export { nearest, UserError, type UserErrorKind } from './session/user-error.js';
export { CellConsole } from './magics/console-sink.js';
export { explainStretch } from './magics/running-system.js';
export { escapeHtml } from './render/html.js';
export { applySgr, plainStyle, sgrParameters, stripSgr, type Style, styledRuns } from './render/sgr.js';
export type { ButtonStyleState, LayoutState } from './widgets/models.js';
export type { Widget } from './widgets/widget.js';
export { Widgets } from './widgets/widgets.js';
