import { abortable } from '../../sdk/abortable.js';
import type { Builds } from './builds.js';
import type { ConsoleView, ConsoleViewFactory } from './console-view.js';
import { type ConsoleSink, type Ending, type Goal, MachineRun, silentSink } from './machine-run.js';
import type { DebugServer, Services } from './services.js';
import type { Profile } from './profile-model.js';
import type { SharedCode } from './shared-code.js';
import type { InstructionCounts, TracedSteps } from './trace-model.js';
import { UserError } from './user-error.js';

/** Something in the notebook that goes on after its cell, and drives the machine. */
export interface Player {
  close(): void;
}

/** What a trace saw, and of which machine. */
export interface Traced extends Readonly<Pick<TracedSteps, 'channels' | 'events' | 'frames'>> {
  run: MachineRun;
  instructions: InstructionCounts | undefined;
}

/** The machine that cells mean: started, driven by cells or in the background, debugged, and switched off. */
export class MachineControl {
  run: MachineRun | undefined;
  /** Where in the console's transcript `%expect` begins to look. */
  expectFrom = 0;
  /** The kinds of views that read the console of each machine. */
  readonly viewFactories: ConsoleViewFactory[] = [];
  traced: Traced | undefined;
  /** What the last profile saw, and of which machine. */
  profiled: { readonly run: MachineRun; readonly profile: Profile } | undefined;
  /** Something about the machine is being written: it is not switched off before that has ended. */
  saving: Promise<void> = Promise.resolve();
  /** All that the machine stands still for, where it does. Never fails. */
  private standing: Promise<unknown> | undefined;
  /** Cells that wait for it. */
  private waiting = 0;
  private player: Player | undefined;
  private debugServer: DebugServer | undefined;
  private background: { controller: AbortController; done: Promise<void> } | undefined;

  constructor(
    private readonly builds: Pick<Builds, 'machineOptions'>,
    private readonly services: Pick<Services, 'startMachine' | 'debugMachine' | 'giveBack'>,
  ) {}

  /** Powers a new machine on with a build's image. The machine before it, if any, is switched off. */
  async start(name: string, seed: number, pacing: 'simulated' | 'interactive', code?: SharedCode): Promise<MachineRun> {
    this.requireFree(name);
    const options = this.builds.machineOptions(name, seed, pacing);
    await this.stop();
    return this.adopt(new MachineRun(name, seed, await this.services.startMachine(options, { code }), this.viewFactories));
  }

  /** Throws while a cell or the background drives the machine, which another is to replace. */
  requireFree(name: string): void {
    if (!this.background && !this.run?.running) return;
    throw new UserError('RunError', `${this.run?.name ?? name} is running already`, 'End it with %stop first.');
  }

  /** From here on this is the machine that cells mean; the one before it has been switched off. */
  adopt(run: MachineRun, expectFrom = 0): MachineRun {
    this.run = run;
    this.expectFrom = expectFrom;
    return run;
  }

  /** From here on the console of each machine is read by such a view, too; the machine that is there is caught up with. */
  addView(factory: ConsoleViewFactory): void {
    this.viewFactories.push(factory);
    this.run?.views.addLate(factory, this.run.history.save());
  }

  /** The machine that cells mean when they do not start one. */
  requireRun(): MachineRun {
    if (!this.run) throw new UserError('RunError', 'no machine is running', 'Start one with %run NAME.');
    return this.run;
  }

  /** The machine's view of this kind. @throws UserError when no machine is running. */
  requireView<View extends ConsoleView>(factory: ConsoleViewFactory<View>): View {
    const view = this.requireRun().views.get(factory);
    if (!view) throw new Error(`no kit has added the view ${factory.name}`);
    return view;
  }

  /** Lets the machine run for a cell. A run in the background stands back meanwhile. */
  async advance(goal: Goal, sink: ConsoleSink, signal: AbortSignal): Promise<Ending> {
    const run = this.requireRun();
    // Without a turn of the loop where there is nothing to wait for: from its call on, the machine is this cell's.
    if (this.standing) await this.stoodStill(this.standing, signal);
    const resumeAfter = await this.holdBackground();
    try {
      return await run.advance(goal, sink, signal);
    } finally {
      this.run?.views.stopped();
      if (resumeAfter && !run.ended && this.run === run) this.runInBackground();
    }
  }

  private async stoodStill(standing: Promise<unknown>, signal: AbortSignal): Promise<void> {
    this.waiting++;
    try {
      await abortable(standing, signal);
    } finally {
      this.waiting--;
    }
  }

  get inBackground(): boolean {
    return this.background !== undefined;
  }

  /** Whether a cell lets the machine run, or is about to. */
  get driven(): boolean {
    return this.waiting > 0 || (this.run?.running === true && !this.inBackground);
  }

  /** From here on the machine runs between cells, too. */
  runInBackground(): void {
    const run = this.requireRun();
    if (this.background) return;
    const controller = new AbortController();
    // An abort ends it, and so do power-off and a crash, which `%status` tells.
    const ended = () => {
      if (this.background?.controller === controller) this.background = undefined;
    };
    const done = run.advance({ timeout: Infinity }, silentSink, controller.signal).then(ended, ended);
    this.background = { controller, done };
  }

  private async holdBackground(): Promise<boolean> {
    const background = this.background;
    if (!background) return false;
    background.controller.abort();
    await background.done;
    this.background = undefined;
    return true;
  }

  /** Does something while the machine stands still; a run in the background goes on after it. Cells that let it run wait, and can be interrupted meanwhile. */
  still<T>(work: (run: MachineRun) => Promise<T>): Promise<T> {
    const done = this.whileStill(work);
    const standing = Promise.allSettled([this.standing, done]).then(() => {
      if (this.standing === standing) this.standing = undefined;
    });
    this.standing = standing;
    return done;
  }

  private async whileStill<T>(work: (run: MachineRun) => Promise<T>): Promise<T> {
    const run = this.requireRun();
    const resumeAfter = await this.holdBackground();
    try {
      return await work(run);
    } finally {
      if (resumeAfter && !run.ended && this.run === run) this.runInBackground();
    }
  }

  /** Closes the player before this one. It is closed itself before its machine is switched off. */
  setPlayer(player: Player | undefined): void {
    this.player?.close();
    this.player = player;
  }

  /** Ends a run in the background; the machine stays as it is. */
  async pause(): Promise<void> {
    await this.holdBackground();
  }

  /** Waits for a debugger of the machine that is there, from the first call on. */
  async debug(): Promise<DebugServer> {
    const { machine } = this.requireRun();
    if (!this.services.debugMachine || !machine.openDebugger)
      throw new UserError('RunError', 'this machine cannot be debugged', 'Run one that %build made.');
    return (this.debugServer ??= await this.services.debugMachine(machine));
  }

  /** Waits for no debugger any more, and sends away one that is there. False when none was waited for. */
  async endDebugging(): Promise<boolean> {
    const server = this.debugServer;
    this.debugServer = undefined;
    await server?.close();
    return server !== undefined;
  }

  /** Switches the machine off. False when there is none. */
  async stop(): Promise<boolean> {
    this.setPlayer(undefined);
    await this.endDebugging();
    await this.holdBackground();
    await this.saving;
    const run = this.run;
    this.run = this.traced = this.profiled = undefined;
    await run?.dispose();
    if (run) await this.services.giveBack?.();
    return run !== undefined;
  }
}
