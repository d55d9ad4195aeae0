import type { Console } from '../peers/console.js';

const PROMPT = /\((?:qemu|virtbook)\) $/;

/** A line for the monitor; `until`: asked again and again until the answer matches. */
export type MonitorLine = string | { line: string; until: RegExp };

/** Types lines at a monitor, QEMU's or ours, that is the whole of the console. What each is answered at last, without its echo. */
export async function askMonitor(console: Console, lines: readonly MonitorLine[], timeout: number): Promise<string[]> {
  let at = await console.waitFor(PROMPT, timeout);
  const ask = async (line: string): Promise<string> => {
    console.type(`${line}\r`);
    // After the echo, which QEMU writes again for every character.
    const from = await console.waitFor('\n', timeout, at);
    at = await console.waitFor(PROMPT, timeout, from);
    return console.text.slice(from, at).replaceAll('\r', '').replace(PROMPT, '');
  };
  const given: string[] = [];
  for (const each of lines) {
    const { line, until } = typeof each === 'string' ? { line: each, until: /^/ } : each;
    const end = Date.now() + timeout;
    let answer = await ask(line);
    while (!until.test(answer)) {
      if (Date.now() > end) throw new Error(`'${line}' is not answered ${String(until)} within ${timeout / 1000} s, but:\n${answer}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
      answer = await ask(line);
    }
    given.push(answer);
  }
  return given;
}
