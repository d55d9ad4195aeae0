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

describe('the diagram', () => {
  const svg = (step: string) => Buffer.from(/base64,([^"]+)"/.exec(html(step))?.[1] ?? '', 'base64').toString('utf8');
  const box = (picture: string, stroke: string) =>
    [...picture.matchAll(/<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)" rx="6" fill="[^"]+" stroke="([^"]+)"/g)]
      .filter((match) => match[5] === stroke)
      .map((match) => ({ left: Number(match[1]), top: Number(match[2]), right: Number(match[1]) + Number(match[3]), bottom: Number(match[2]) + Number(match[4]) }));

  test("has the machine's box inside its monitor's, and no two domains on each other", () => {
    const domains = box(svg('solution'), '#57606a').sort((a, b) => a.top - b.top);
    const [machine] = box(svg('solution'), '#0969da');
    expect(domains).toHaveLength(4);
    domains.slice(1).forEach((domain, index) => expect(domain.top).toBeGreaterThan(domains[index].bottom));
    const monitor = domains[3];
    expect(machine.left > monitor.left && machine.right < monitor.right && machine.top > monitor.top && machine.bottom < monitor.bottom).toBe(true);
  });

  test('joins a region to each of its maps, and two domains by each channel, with arrows at those who are called', () => {
    expect(svg('solution').match(/<circle /g)).toHaveLength(10);
    expect(svg('solution').match(/>calls</g)).toHaveLength(2);
    expect(svg('no-channel').match(/>calls</g)).toHaveLength(1);
    expect(svg('solution').match(/marker-(start|end)="url\(#call\)"/g)).toHaveLength(2);
  });

  test('escapes names', () => {
    const odd = systemBundle(readSystem('<system><protection_domain name="a&lt;b" priority="1"><program_image path="x.elf"/></protection_domain></system>', 's'));
    const picture = Buffer.from(/base64,([^"]+)"/.exec(odd.data['text/html'] as string)?.[1] ?? '', 'base64').toString('utf8');
    expect(picture).toContain('a&#60;b');
    expect(picture).not.toContain('a<b');
  });
});
