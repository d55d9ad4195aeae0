/** The keys of a terminal that a machine is on. */
export interface KeyActions {
  /** Whether Control-A begins a command and Control-C goes to the guest (`-serial mon:stdio`). */
  monitor: boolean;
  /** Keys for whoever listens: the guest, or after a switch the monitor. */
  type(bytes: Uint8Array): void;
  quit(): void;
  help(): void;
  /** Control-A t: the time of each line, or no more. */
  timestamps(): void;
  /** Control-A b: what a terminal's break key does. */
  sendBreak(): void;
  /** Control-A c: the keys that follow go to the other listener. */
  switch(): void;
}

const CONTROL_A = 0x01;
const CONTROL_C = 0x03;

/** Sorts a terminal's bytes into keys and commands for us, as QEMU's multiplexed console does. */
export function keyReader(actions: KeyActions): (data: Uint8Array) => void {
  let afterEscape = false;
  return (data) => {
    let keys: number[] = [];
    const flush = (): void => {
      if (keys.length) actions.type(Uint8Array.from(keys));
      keys = [];
    };
    for (const byte of data) {
      if (!actions.monitor) {
        if (byte === CONTROL_C) return actions.quit();
        keys.push(byte);
      } else if (afterEscape) {
        afterEscape = false;
        if (byte === CONTROL_A) keys.push(CONTROL_A);
        else if (byte === 'x'.charCodeAt(0)) return actions.quit();
        else if (byte === 'h'.charCodeAt(0) || byte === '?'.charCodeAt(0)) actions.help();
        else if (byte === 't'.charCodeAt(0)) actions.timestamps();
        else if (byte === 'b'.charCodeAt(0)) {
          flush();
          actions.sendBreak();
        } else if (byte === 'c'.charCodeAt(0)) {
          flush();
          actions.switch();
        }
      } else if (byte === CONTROL_A) {
        afterEscape = true;
      } else {
        keys.push(byte);
      }
    }
    flush();
  };
}
