#!/usr/bin/env node
// Firefox for Playwright, which speaks WebDriver BiDi as the newest Firefox knows it: Debian's is older, and refuses what it has never heard of.
// This program is started in Firefox's place, with its options and with its path in FIREFOX. It hands every message on, but for commands that
// such a Firefox does not know and no test needs: they are answered as if they were done.
import { spawn } from 'node:child_process';
import { WebSocket, WebSocketServer } from 'ws';

const UNKNOWN = new Set(['emulation.setMediaFeaturesOverride']);
const LISTENS = /WebDriver BiDi listening on (ws:\/\/\S+)/;

const firefox = spawn(process.env.FIREFOX, process.argv.slice(2), { stdio: ['ignore', 'inherit', 'pipe'] });
firefox.on('exit', (status) => process.exit(status ?? 1));

let said = '';
firefox.stderr.on('data', function listen(data) {
  process.stderr.write(String(data).replace(LISTENS, ''));
  said += data;
  const [, address] = LISTENS.exec(said) ?? [];
  if (address === undefined) return;
  firefox.stderr.off('data', listen);
  firefox.stderr.pipe(process.stderr);
  serve(`${address}/session`);
});

/** Says an address of its own as Firefox says it. */
function serve(session) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 }, () => {
    process.stderr.write(`WebDriver BiDi listening on ws://127.0.0.1:${server.address().port}\n`);
  });
  server.on('connection', (playwright) => bridge(playwright, new WebSocket(session)));
}

function bridge(playwright, browser) {
  const opened = new Promise((resolve) => browser.on('open', resolve));
  browser.on('message', (message) => playwright.send(String(message)));
  browser.on('close', () => playwright.close());
  // Also where it was killed.
  playwright.on('close', () => firefox.kill());
  playwright.on('message', (message) => {
    const { id, method } = JSON.parse(String(message));
    if (UNKNOWN.has(method)) playwright.send(JSON.stringify({ type: 'success', id, result: {} }));
    else void opened.then(() => browser.send(String(message)));
  });
}
