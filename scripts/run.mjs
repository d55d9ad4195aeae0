import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

export const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

/** Runs a program to its end; gives its exit status, and what it printed on both streams, in order. */
export function capture([program, ...args], cwd) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ status: 1, output: error.message }));
    child.on('close', (status) => resolve({ status: status ?? 1, output }));
  });
}

/** Does work on each item, in order, on as many items at once as there are lanes; gives the results in the items' order. */
export async function inLanes(items, work, lanes = Math.max(2, availableParallelism())) {
  const results = [];
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index]);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
