import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSystem } from '../../sdk/tool/read.js';
import { packageRoot } from '../../sdk/root.js';
import { layoutSystem } from './diagram-layout.js';
import { systemBundle } from './system.js';

const bundle = (step: string) =>
  systemBundle(readSystem(readFileSync(join(packageRoot(), 'notebooks/part4', step, 'wordle.system'), 'utf8'), 'wordle.system'));
const text = (step: string) => bundle(step).data['text/plain'] as string;
const html = (step: string) => bundle(step).data['text/html'] as string;

test('the tree has domains by priority, the machine inside its monitor, channels with callers, regions', () => {
  const lines = text('solution').split('\n');
  const order = ['wordle_server  priority 254', 'client  priority 253', 'vmm  priority 101', 'virtual machine linux  priority 100'];
  const places = order.map((part) => lines.findIndex((line) => line.includes(part)));
  expect(places.every((place) => place >= 0)).toBe(true);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(lines).toContain('  vmm (id 1) --calls--> wordle_server (id 2)');
  expect(lines).toContain('|   interrupt 79 (id 2, edge)');
  expect(lines).toContain('|   |   maps ethernet at 0xa003000 (rw-, uncached)');
  expect(lines).toContain('  guest_ram  256 MiB at physical 0x40000000, pages of 2 MiB: vmm rw-; linux rwx');
  expect(lines).toContain('  uart  4 KiB, device at physical 0x9000000, pages of 4 KiB: serial_server rw-, uncached; linux rw-, uncached');
  expect(text('solution')).toMatch(/^[\x20-\x7e\n]*$/);
});

test('the channel is what the two halves of the chapter differ in', () => {
  expect(text('no-channel')).not.toContain('vmm (id 1)');
  expect(html('no-channel')).not.toContain('vmm (id 1)');
  expect(html('solution')).toContain('vmm (id 1)');
});

test('html survives a sanitiser: inline styles only, and names are escaped', () => {
  expect(html('solution')).not.toMatch(/<(svg|script|style|iframe)\b|\bid="/);
  const odd = systemBundle(
    readSystem('<system><protection_domain name="a&lt;b" priority="1"><program_image path="x.elf"/></protection_domain></system>', 's'),
  );
  expect(odd.data['text/html']).toContain('a&#60;b');
  expect(odd.data['text/html']).not.toContain('a<b');
});

describe('the diagram', () => {
  const svg = (step: string) => Buffer.from(/base64,([^"]+)"/.exec(html(step))?.[1] ?? '', 'base64').toString('utf8');
  const box = (picture: string, stroke: string) =>
    [...picture.matchAll(/<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)" rx="6" fill="[^"]+" stroke="([^"]+)"/g)]
      .filter((match) => match[5] === stroke)
      .map((match) => ({
        left: Number(match[1]),
        top: Number(match[2]),
        right: Number(match[1]) + Number(match[3]),
        bottom: Number(match[2]) + Number(match[4]),
      }));

  test("has the machine's box inside its monitor's, and no two domains on each other", () => {
    const domains = box(svg('solution'), '#57606a').sort((a, b) => a.top - b.top);
    const [machine] = box(svg('solution'), '#0969da');
    expect(domains).toHaveLength(4);
    domains.slice(1).forEach((domain, index) => expect(domain.top).toBeGreaterThan(domains[index]?.bottom ?? Infinity));
    const monitor = domains[3];
    if (!machine || !monitor) throw new Error('the virtual machine and its monitor are drawn');
    expect(
      machine.left > monitor.left && machine.right < monitor.right && machine.top > monitor.top && machine.bottom < monitor.bottom,
    ).toBe(true);
  });

  test('joins a region to each of its maps, and two domains by each channel, with an arrow at who is called', () => {
    const maps = (picture: string) => picture.match(/<circle /g)?.length;
    // One more of each is the legend's.
    expect(maps(svg('solution'))).toBe(10 + 1);
    expect(svg('solution').match(/marker-(start|end)="url\(#call\)"/g)).toHaveLength(2 + 1);
    expect(svg('no-channel').match(/marker-(start|end)="url\(#call\)"/g)).toHaveLength(1 + 1);
    expect(svg('solution').match(/stroke="#818b98"[^>]*stroke-dasharray/g)).toHaveLength(1 + 1);
    expect(svg('solution')).toContain('>calls wordle_server, id 1<');
    expect(svg('solution').match(/marker-end="url\(#interrupt\)"/g)).toHaveLength(2 + 1);
  });

  test('escapes names', () => {
    const odd = systemBundle(
      readSystem('<system><protection_domain name="a&lt;b" priority="1"><program_image path="x.elf"/></protection_domain></system>', 's'),
    );
    const picture = Buffer.from(/base64,([^"]+)"/.exec(odd.data['text/html'] as string)?.[1] ?? '', 'base64').toString('utf8');
    expect(picture).toContain('a&#60;b');
    expect(picture).not.toContain('a<b');
  });
});

test('twenty domains, each with a child, keep apart: no boxes on each other, no two lines on one', () => {
  const domain = (i: number) =>
    `<protection_domain name="d${i}" priority="${20 + i}"><program_image path="d${i}.elf"/><map mr="r${i % 7}" vaddr="0x4000000"/><map mr="r${(i + 3) % 7}" vaddr="0x5000000"/>` +
    `<protection_domain name="c${i}" id="1" priority="${10 + (i % 5)}"><program_image path="c.elf"/></protection_domain></protection_domain>`;
  const xml = [
    ...Array.from({ length: 7 }, (_, i) => `<memory_region name="r${i}" size="0x1000"/>`),
    ...Array.from({ length: 20 }, (_, i) => domain(i)),
    ...Array.from(
      { length: 19 },
      (_, i) => `<channel><end pd="d${i}" id="${i}"/><end pd="d${(i * 7 + 1) % 20}" id="${20 + i}"/></channel>`,
    ),
  ];
  const layout = layoutSystem(readSystem(`<system>${xml.join('')}</system>`, 's'));
  expect(layout.domains).toHaveLength(40);
  const bottom = (box: { y: number; height: number } | undefined): number => (box ? box.y + box.height : Infinity);
  layout.domains.slice(1).forEach((box, index) => expect(box.y).toBeGreaterThan(bottom(layout.domains[index])));
  layout.regions.slice(1).forEach((box, index) => expect(box.y).toBeGreaterThan(bottom(layout.regions[index])));
  const stretches = [
    ...layout.wires.map(({ lane, heights: [a, b] }) => ({ lane, from: Math.min(a, b), to: Math.max(a, b) })),
    ...layout.regions.map(({ lane, y, height, taps }) => ({
      lane,
      from: Math.min(y + height / 2, ...taps.map((tap) => tap.y)),
      to: Math.max(y + height / 2, ...taps.map((tap) => tap.y)),
    })),
  ];
  for (const [index, one] of stretches.entries()) {
    for (const other of stretches.slice(index + 1))
      if (one.lane === other.lane) expect(one.to < other.from || other.to < one.from).toBe(true);
  }
  // Each end of a channel leaves its box at a height of its own.
  const heights = layout.wires.flatMap((wire) => wire.heights);
  expect(new Set(heights).size).toBe(heights.length);
  // A child stands under its parent, and to the right of it.
  expect(layout.domains[1]?.x).toBeGreaterThan(layout.domains[0]?.x ?? Infinity);
  expect(layout.width).toBeLessThan(1000);
});
