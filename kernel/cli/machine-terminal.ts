import type { Machine } from '../../emulator/machine/machine.js';
import type { StopReason } from '../../emulator/machine/protocol.js';
import { Monitor } from './machine-monitor.js';
import { keyReader } from './monitor-keys.js';

/** The part of a terminal's streams that a machine needs. */
export interface TerminalStreams {
  input: NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  output: NodeJS.WritableStream;
}

export type TerminalEnd = { kind: 'quit' } | { kind: 'stopped'; reason: StopReason };

/**
 * Connects a machine's console to a terminal until the machine stops for good or the person leaves by Control-A x.
 * With `monitor`, Control-C goes to the guest and Control-A c to the monitor; without, Control-C leaves. While `hold.held`,
 * which the monitor's `stop` and `cont` change, the machine is not let go.
 */
export async function runOnTerminal(
  machine: Machine,
  streams: TerminalStreams,
  monitor: boolean,
  signal: AbortSignal,
  hold: { held: boolean } = { held: false },
): Promise<TerminalEnd> {
  const { input, output } = streams;
  let end: (how: TerminalEnd) => void = () => undefined;
  const ended = new Promise<TerminalEnd>((resolve) => (end = resolve));
  let inputEnded = false;
  let idle = false;
  let waitingForDrain = false;
  let inMonitor = false;
  const resume = async (): Promise<void> => {
    if (!hold.held && !waitingForDrain) await machine.resume();
  };

  machine.onConsole = (bytes) => {
    if (output.write(bytes) || waitingForDrain) return;
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
    // Typed characters wake an idle machine; where none can come any more, its run is over.
    idle = reason.kind === 'idle';
    if (idle && !inputEnded) return;
    end({ kind: 'stopped', reason });
  };

  const commands = new Monitor(machine, {
    write: (text) => void output.write(text),
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
  });
  // One line after the other, also when they come in one piece.
  let monitorWork = Promise.resolve();
  const read = keyReader({
    monitor,
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
    quit: () => end({ kind: 'quit' }),
    help: () => output.write('\r\nC-a h    this help\r\nC-a x    leave\r\nC-a c    switch between the machine and the monitor\r\nC-a C-a  type C-a\r\n'),
  });
  const onData = (data: Buffer) => read(data);
  const onEnd = () => {
    inputEnded = true;
    if (idle) end({ kind: 'stopped', reason: { kind: 'idle' } });
  };
  const onAbort = () => end({ kind: 'quit' });
  signal.addEventListener('abort', onAbort);
  input.on('data', onData);
  input.on('end', onEnd);
  if (input.isTTY) input.setRawMode?.(true);
  input.resume();
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
