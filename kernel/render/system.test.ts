import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSystem } from '../../sdk/tool/read.js';
import { packageRoot } from '../../sdk/root.js';
import { systemBundle } from './system.js';

const bundle = (step: string) => systemBundle(readSystem(readFileSync(join(packageRoot(), 'notebooks/part4', step, 'wordle.system'), 'utf8'), 'wordle.system'));
const text = (step: string) => bundle(step).data['text/plain'] as string;
const html = (step: string) => bundle(step).data['text/html'] as string;

test('the tree has domains by priority, the machine inside its monitor, channels with callers, regions', () => {
  const lines = text('solution').split('\n');
  const order = ['wordle_server  priority 254', 'client  priority 253', 'vmm  priority 101', 'virtual machine linux  priority 100'];
  const places = order.map((part) => lines.findIndex((line) => line.includes(part)));
  expect(places.every((place) => place >= 0)).toBe(true);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(lines).toContain('  vmm (id 1) --calls--> wordle_server (id 2)');
  expect(lines).toContain('    interrupt 79 (id 2, edge)');
  expect(lines).toContain('  guest_ram  256 MiB at physical 0x40000000, pages of 2 MiB');
  expect(text('solution')).toMatch(/^[\x20-\x7e\n]*$/);
});

test('the channel is what the two halves of the chapter differ in', () => {
  expect(text('no-channel')).not.toContain('vmm (id 1)');
  expect(html('no-channel')).not.toContain('vmm (id 1)');
  expect(html('solution')).toContain('vmm (id 1)');
});

test('html survives a sanitiser: inline styles only, and names are escaped', () => {
  expect(html('solution')).not.toMatch(/<(svg|script|style|iframe)\b|\bid="/);
  const odd = systemBundle(readSystem('<system><protection_domain name="a&lt;b" priority="1"><program_image path="x.elf"/></protection_domain></system>', 's'));
  expect(odd.data['text/html']).toContain('a&#60;b');
  expect(odd.data['text/html']).not.toContain('a<b');
});

test('the machine\'s box is inside its monitor\'s', () => {
  const vmm = html('solution').indexOf('<strong>vmm</strong>');
  const linux = html('solution').indexOf('<strong>linux</strong>');
  const between = html('solution').slice(vmm, linux);
  expect(vmm).toBeGreaterThan(0);
  expect(between.split('<div').length).toBeGreaterThan(between.split('</div>').length);
});
