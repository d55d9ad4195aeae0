/** The kernel's logo, described once: as text for SVG, and drawn for PNG. */
import { PNG } from 'pngjs';

/** Side of the drawing that the shapes are given in. */
const SIZE = 64;

interface Tile {
  x: number;
  y: number;
  size: number;
  radius: number;
  colour: [number, number, number];
}

const GREEN: Tile['colour'] = [0x53, 0x8d, 0x4e];
const YELLOW: Tile['colour'] = [0xb5, 0x9f, 0x3b];
const GREY: Tile['colour'] = [0x3a, 0x3a, 0x3c];

/** A dark chip with three by three letters of a game on it. Later tiles cover earlier ones. */
const TILES: Tile[] = [
  { x: 2, y: 2, size: 60, radius: 12, colour: [0x12, 0x12, 0x13] },
  ...[GREY, YELLOW, GREY, YELLOW, GREEN, GREY, GREEN, GREEN, GREEN].map((colour, index) => ({
    x: 10 + (index % 3) * 15.5,
    y: 10 + Math.floor(index / 3) * 15.5,
    size: 13,
    radius: 2.5,
    colour,
  })),
];

export function logoSvg(): string {
  const rectangles = TILES.map(({ x, y, size, radius, colour }) => {
    const fill = `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
    return `  <rect x="${x}" y="${y}" width="${size}" height="${size}" rx="${radius}" fill="${fill}"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE} ${SIZE}">\n${rectangles.join('\n')}\n</svg>\n`;
}

/** `side` is in pixels. */
export function logoPng(side: number): Buffer {
  const png = new PNG({ width: side, height: side });
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) png.data.set(pixel(x, y, SIZE / side), (y * side + x) * 4);
  }
  return PNG.sync.write(png);
}

/** Samples per pixel and direction; their mean makes smooth edges. */
const SAMPLES = 4;

function pixel(column: number, row: number, scale: number): [number, number, number, number] {
  const sum: [number, number, number, number] = [0, 0, 0, 0];
  for (let sample = 0; sample < SAMPLES * SAMPLES; sample++) {
    const x = (column + ((sample % SAMPLES) + 0.5) / SAMPLES) * scale;
    const y = (row + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES) * scale;
    const tile = TILES.findLast((candidate) => covers(candidate, x, y));
    if (!tile) continue;
    tile.colour.forEach((part, index) => (sum[index] = (sum[index] as number) + part));
    sum[3]++;
  }
  const [red, green, blue, covered] = sum;
  if (covered === 0) return [0, 0, 0, 0];
  return [red / covered, green / covered, blue / covered, (255 * covered) / SAMPLES ** 2];
}

function covers({ x: left, y: top, size, radius }: Tile, x: number, y: number): boolean {
  if (x < left || y < top || x > left + size || y > top + size) return false;
  // Distance from the square that remains when the rounded corners' centres are connected.
  const across = Math.max(left + radius - x, x - (left + size - radius), 0);
  const along = Math.max(top + radius - y, y - (top + size - radius), 0);
  return across * across + along * along <= radius * radius;
}
