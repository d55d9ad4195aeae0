import type { MimeBundle } from '../core/evaluator.js';
import { type Activity, channelActivity } from './activity.js';
import type { MemoryMap, ProtectionDomain, SystemDescription } from '../../sdk/tool/model.js';
import { exactSize } from './build.js';
import { systemDiagram } from './diagram.js';
import { BOTH_SCHEMES, escapeHtml } from './html.js';
import { channelText, hex, htmlArrows, permissionText as permissions } from './system-parts.js';
import { systemText } from './system-text.js';

/** A system description as a diagram of boxes and tables, and as a plain tree; with what a trace has seen, if there was one. */
export function systemBundle(system: SystemDescription, activity?: Activity): MimeBundle {
  return { data: { 'text/html': systemHtml(system, activity), 'text/plain': systemText(system, activity) } };
}

const byPriority = (system: SystemDescription): ProtectionDomain[] => [...system.protectionDomains].sort((a, b) => b.priority - a.priority);

const SMALL = 'font-size:0.85em';

function systemHtml(system: SystemDescription, activity?: Activity): string {
  const { svg, width } = systemDiagram(system, activity);
  const picture = Buffer.from(svg).toString('base64');
  const summary = `${system.protectionDomains.length} protection domains, ${system.memoryRegions.length} memory regions, ${system.channels.length} channels`;
  const channels = system.channels.map(
    (channel) =>
      `<li style="${SMALL}">${escapeHtml(channelText(system, channel, htmlArrows) + channelActivity(system, channel, activity))}</li>`,
  );
  return [
    // As an image: front ends drop SVG elements from the HTML of notebooks that they do not trust.
    // Narrow pages scroll it, by keys, too: smaller than this, nobody could read it. Sheets of paper are just wide enough.
    `<div tabindex="0" style="overflow-x:auto"><img class="${BOTH_SCHEMES}" title="system diagram" alt="${summary}; the tables below say all of it" style="max-width:100%;min-width:${Math.min(width, 560)}px" src="data:image/svg+xml;base64,${picture}"></div>`,
    channels.length
      ? `<div><strong>Channels</strong><ul style="margin:0.2em 0">${channels.join('')}</ul></div>`
      : '<div>No channels.</div>',
    domainTable(system),
    regionTable(system),
  ].join('');
}

function table(title: string, head: string[], rows: string[][]): string {
  const cell = 'text-align:left;padding:0.2em 0.6em';
  const header = head.map((text) => `<th style="${cell}">${text}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((text) => `<td style="${cell}">${text}</td>`).join('')}</tr>`).join('');
  return `<details><summary>${title}</summary><table><thead><tr>${header}</tr></thead><tbody>${body}</tbody></table></details>`;
}

function domainTable(system: SystemDescription): string {
  const mapText = (map: MemoryMap) => `${escapeHtml(map.region)} at ${hex(map.address)} (${permissions(map)})`;
  const rows = byPriority(system).flatMap((pd) => {
    const own = [
      escapeHtml(pd.name),
      String(pd.priority),
      escapeHtml(pd.programImage.path),
      pd.maps.map(mapText).join('<br>'),
      pd.interrupts.map((irq) => `${irq.irq} (id ${irq.id}, ${irq.trigger})`).join('<br>'),
    ];
    const vm = pd.virtualMachine;
    return vm
      ? [
          own,
          [
            `${escapeHtml(vm.name)} (in ${escapeHtml(pd.name)})`,
            String(vm.priority),
            'virtual machine',
            vm.maps.map(mapText).join('<br>'),
            '',
          ],
        ]
      : [own];
  });
  return table('Protection domains', ['Name', 'Priority', 'Program', 'Maps', 'Interrupts'], rows);
}

function regionTable(system: SystemDescription): string {
  const rows = system.memoryRegions.map((region) => [
    escapeHtml(region.name),
    exactSize(region.size),
    region.physicalAddress === undefined ? 'anywhere' : hex(region.physicalAddress),
    exactSize(region.pageSize),
  ]);
  return table('Memory regions', ['Name', 'Size', 'Physical address', 'Pages'], rows);
}
