import type { Machine } from '../../emulator/server/machine.js';
import type { StopReason } from '../../emulator/machine/status.js';
import type { ForwardRule } from '../../emulator/network/settings.js';
import { Timestamps } from './console-timestamps.js';
import { Monitor } from './machine-monitor.js';
import { keyReader } from './monitor-keys.js';

/** The part of a terminal's streams that a machine needs. */
export interface TerminalStreams {
  input: NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  /** Where the console goes. */
  output: NodeJS.WritableStream;
  /** Where the monitor goes, when that is another place. */
  terminal?: NodeJS.WritableStream;
}

/**
 * What the terminal is: the machine's console; both, with Control-A commands among the keys, and Control-C for the guest; or
 * the monitor alone, while the console is elsewhere.
 */
export type TerminalRole = 'console' | 'multiplexed' | 'monitor';

/** How the machine is to be held. */
export interface Hold {
  /** It is not let go; the monitor's `stop` and `cont` change it. */
  held: boolean;
  /** A machine that is switched off is kept, for as long as somebody may look at it. */
  afterPowerOff?: boolean;
}

export type TerminalEnd = { kind: 'quit' } | { kind: 'stopped'; reason: StopReason };

/**
 * Connects a machine's console to a terminal until the machine stops for good or the person leaves by Control-A x, or
 * by Control-C where that is no key of the guest's.
 */
export async function runOnTerminal(
  machine: Machine,
  streams: TerminalStreams,
  role: TerminalRole,
  signal: AbortSignal,
  hold: Hold = { held: false },
  forwards: readonly ForwardRule[] = [],
): Promise<TerminalEnd> {
  const { input, output } = streams;
  // The console may be a file, or nothing.
  const terminal = streams.terminal ?? output;
  const timestamps = new Timestamps();
  let end: (how: TerminalEnd) => void = () => undefined;
  const ended = new Promise<TerminalEnd>((resolve) => (end = resolve));
  let inputEnded = false;
  let idle = false;
  let waitingForDrain = false;
  let inMonitor = role === 'monitor';
  let off = false;
  /** Wishes to go on that the machine has not answered: it told of stops before it heard of them. */
  let resuming = 0;
  const resume = async (): Promise<void> => {
    if (hold.held || waitingForDrain || off) return;
    resuming++;
    try {
      await machine.resume();
    } finally {
      resuming--;
    }
  };

  machine.onConsole = (bytes, time) => {
    if (output.write(timestamps.mark(bytes, time)) || waitingForDrain) return;
    // A terminal slower than the guest holds the guest up, so that unread output stays bounded.
    waitingForDrain = true;
    void machine.pause();
    output.once('drain', () => {
      waitingForDrain = false;
      void resume();
    });
  };
  machine.onStopped = (reason) => {
    if (reason.kind === 'paused' || reason.kind === 'limit') return;
    // Typed characters wake an idle machine; where none can come any more, and none are on their way to it, its run is over.
    if (reason.kind === 'idle' && resuming > 0) return;
    idle = reason.kind === 'idle';
    if (idle && !inputEnded) return;
    off = reason.kind === 'powerOff' && (hold.afterPowerOff ?? false);
    if (off && !inputEnded) return;
    end({ kind: 'stopped', reason });
  };

  const commands = new Monitor(
    machine,
    {
      write: (text) => void terminal.write(text),
      quit: () => end({ kind: 'quit' }),
      reset: () => end({ kind: 'stopped', reason: { kind: 'reset' } }),
      async stop() {
        hold.held = true;
        await machine.pause();
      },
      async cont() {
        hold.held = false;
        await resume();
      },
    },
    forwards,
  );
  // One line after the other, also when they come in one piece.
  let monitorWork = Promise.resolve();
  const read = keyReader({
    monitor: role === 'multiplexed',
    type(bytes) {
      if (inMonitor) {
        monitorWork = monitorWork.then(() => commands.input(bytes));
        return;
      }
      idle = false;
      machine.input(bytes);
      void resume();
    },
    switch() {
      inMonitor = !inMonitor;
      if (inMonitor) commands.enter();
      else output.write('\r\n');
    },
    timestamps: () => timestamps.toggle(),
    sendBreak: () => void machine.sendBreak?.(),
    quit: () => end({ kind: 'quit' }),
    help: () =>
      output.write(
        '\r\nC-a h    this help\r\nC-a x    leave\r\nC-a t    tell the time of each line, or no more\r\nC-a b    send a break\r\nC-a c    switch between the machine and the monitor\r\nC-a C-a  type C-a\r\n',
      ),
  });
  const onData = (data: Buffer) => read(data);
  const onEnd = () => {
    inputEnded = true;
    if (idle) end({ kind: 'stopped', reason: { kind: 'idle' } });
    else if (off) end({ kind: 'stopped', reason: { kind: 'powerOff' } });
  };
  const onAbort = () => end({ kind: 'quit' });
  signal.addEventListener('abort', onAbort);
  input.on('data', onData);
  input.on('end', onEnd);
  if (input.isTTY) input.setRawMode?.(true);
  input.resume();
  if (inMonitor) commands.enter();
  try {
    await resume();
    return await ended;
  } finally {
    signal.removeEventListener('abort', onAbort);
    input.off('data', onData);
    input.off('end', onEnd);
    if (input.isTTY) input.setRawMode?.(false);
    input.pause();
  }
}
