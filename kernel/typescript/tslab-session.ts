/** Cells in TypeScript: tslab's converter checks and compiles them; here they run, and keep their variables. */
import { Script as VmScript } from 'node:vm';
import { collectGarbage } from '../../emulator/host-node/garbage.js';
import type { Completeness } from '../core/evaluator.js';
import { cellError, compileError, INTERRUPTED } from './cell-errors.js';
import { CellInterrupts, waitingCalls } from './cell-interrupts.js';
import type { CellSession, ExecuteOutcome, SessionHost } from './cell-session.js';
import { completeness } from './completeness.js';
import { CellConverter, type Converted } from './converter.js';
import { settleSoon } from './compiler-code.js';
import { keptDeclarations } from './declarations.js';
import { displayModule } from './display.js';
import { WARM, type Bundle, type CompletionsFound } from './ipc.js';
import { completeLibrary } from './library.js';
import { CellModules } from './modules.js';
import { bundleOf, dropOwnWarnings, showPromisesPlainly } from './shown-values.js';
import { addCell, mapStacks } from './sources.js';

/** The global name of what calls a cell's function, while it is called. */
const CALL = '__virtbookCell';

type CellFunction = (exports: object, runtime: object, ...rest: unknown[]) => Promise<void>;

export class TslabSession implements CellSession {
  /** Members that were added to the interface of `machine`. */
  private readonly added: string[] = [];
  private readonly converter = new CellConverter(() => this.added);
  private readonly modules: CellModules;
  /** The variables of all cells. */
  private readonly variables = Object.create(null) as Record<string, unknown>;
  /** Names of those that cells have declared. */
  private readonly names = new Set<string>();
  private declarations = '';
  private readonly runtime: object;
  private readonly interrupts: CellInterrupts;

  constructor(private readonly host: SessionHost) {
    completeLibrary();
    showPromisesPlainly();
    dropOwnWarnings();
    mapStacks();
    this.interrupts = new CellInterrupts(host);
    this.modules = new CellModules(process.cwd(), { tslab: displayModule(host.display) });
    const { modules } = this;
    this.runtime = {
      meta: modules.meta,
      load: (specifier: string) => modules.load(specifier),
      import: (specifier: string, options?: unknown) => modules.import(String(specifier), options),
      default: (module: unknown) => modules.default(module),
      namespace: (module: unknown) => modules.namespace(module),
      ...waitingCalls(host.waits),
    };
    Object.assign(this.variables, host.globals);
    // Its first cell finds the checker warm, unless that is waiting already.
    const argument = process.argv.indexOf(WARM);
    if (argument >= 0) {
      process.argv.splice(argument, 1);
      this.converter.convert('', '0', this.names);
    }
    for (const name of Object.keys(host.globals)) this.names.add(name);
  }

  async execute(code: string, label?: string): Promise<ExecuteOutcome> {
    const module = this.converter.moduleName(code);
    if (module) return this.addModule(module.name, code, module.jsx);
    const converted = this.converter.convert(this.declarations, code, this.names);
    if (!converted.ok) return { ok: false, error: compileError(converted.messages, code) };
    const { script, valueName } = converted;
    if (!script) {
      this.declarations = converted.declarations;
      return { ok: true, bundle: undefined };
    }
    const before = Object.fromEntries(script.declared.map((name) => [name, this.variables[name]]));
    try {
      this.host.beforeRun();
      for (const name of script.declared) Reflect.deleteProperty(this.variables, name);
      await Promise.race([this.run(script, code, label ?? 'expression'), this.interrupts.begin()]);
    } catch (thrown) {
      this.keep(converted, before);
      const error = cellError(thrown);
      if (error.ename === INTERRUPTED) this.interrupts.end();
      return { ok: false, error };
    } finally {
      this.interrupts.over();
    }
    this.keep(converted, undefined);
    settleSoon();
    const value = valueName === undefined ? undefined : this.variables[valueName];
    if (valueName !== undefined) Reflect.deleteProperty(this.variables, valueName);
    // A function without a name has got that of the variable.
    if (typeof value === 'function' && value.name === valueName) Object.defineProperty(value, 'name', { value: '' });
    return { ok: true, bundle: value === undefined || value === null ? undefined : await bundleOf(value) };
  }

  private run(script: NonNullable<Extract<Converted, { ok: true }>['script']>, code: string, label: string): Promise<void> {
    const filename = addCell(label, code, (place) => script.locate(place));
    const { modules } = this;
    const start = new VmScript(`${CALL}(${script.code})`, { filename, columnOffset: -(CALL.length + 1) });
    let running: Promise<void> | undefined;
    const call = (cell: CellFunction): void => {
      running = cell(this.variables, this.runtime, modules.require, modules.module, modules.filename, modules.folder);
    };
    Object.defineProperty(globalThis, CALL, { value: call, configurable: true });
    try {
      start.runInThisContext({ breakOnSigint: true });
    } finally {
      Reflect.deleteProperty(globalThis, CALL);
    }
    return running ?? Promise.resolve();
  }

  interrupt(): void {
    this.interrupts.interrupt();
  }

  /** What a cell has declared stays, also when it fails: as much of it as there is then. */
  private keep(converted: Extract<Converted, { ok: true }>, before: Record<string, unknown> | undefined): void {
    const declared = converted.script?.declared ?? [];
    const there = declared.filter((name) => name in this.variables && name !== converted.valueName);
    for (const name of there) this.names.add(name);
    if (!before) {
      this.declarations = converted.declarations;
      return;
    }
    this.declarations = keptDeclarations(this.declarations, converted.declarations, declared, there);
    // A variable that it has not come to is what it was.
    for (const name of declared) if (!there.includes(name) && this.names.has(name)) this.variables[name] = before[name];
  }

  private addModule(name: string, code: string, jsx: boolean): ExecuteOutcome {
    const messages = this.converter.addModule(name, code, jsx);
    this.modules.addCell(`${name}.${jsx ? 'tsx' : 'ts'}`, code);
    return messages.length > 0 ? { ok: false, error: compileError(messages, code) } : { ok: true, bundle: undefined };
  }

  /** `position` is in UTF-16 units, as are `start` and `end`. */
  complete(code: string, position: number): CompletionsFound {
    return this.converter.complete(this.declarations, code, position);
  }

  inspect(code: string, position: number): Bundle | undefined {
    const known = this.converter.inspect(this.declarations, code, position);
    if (known.length === 0) return undefined;
    const parts = (show: (text: string) => string): string =>
      known
        .flatMap(({ text, documentation }) => [text && show(text), documentation])
        .filter(Boolean)
        .join('\n\n');
    return {
      data: { 'text/plain': parts((text) => text), 'text/markdown': parts((text) => `\`\`\`typescript\n${text}\n\`\`\``) },
      metadata: {},
    };
  }

  isComplete(code: string): Completeness {
    return completeness(code);
  }

  rest(): void {
    this.converter.rest();
    collectGarbage();
  }

  extend(declaration: string): void {
    this.added.push(declaration);
  }
}
