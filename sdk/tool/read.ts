import { Attributes } from './attributes.js';
import { checkSystem } from './check.js';
import { Complainer } from './complaint.js';
import { itemAt } from './item.js';
import type { Channel, ChannelEnd, ProtectionDomain, SystemDescription } from './model.js';
import { findOwners, type NamedCapability } from './read-cspace.js';
import { readProtectionDomain, type DomainTree } from './read-domain.js';
import { invalidElement, readEnd, readMemoryRegion, type WrittenEnd } from './read-elements.js';
import { readSchedule } from './read-schedule.js';
import { raisePageSizes } from './page-size.js';
import { Source, type Position } from './source.js';
import { childElements, isBlank, parseXml, type XmlElement } from './xml.js';

/**
 * Reads and checks a system description. `file` is its name in complaints.
 *
 * Throws `DiagnosticError` of kind `SystemDescriptionError` with the first mistake, in the order in which Microkit's tool
 * looks. Warnings are in the result. `prefillBytes`: how many bytes a file of `prefill_path` has, undefined where there is none.
 * Without it nothing is known of these files, and a region whose size they decide is taken for one page.
 */
export function readSystem(text: string, file: string, prefillBytes?: (path: string) => number | undefined): SystemDescription {
  const source = new Source(file, text);
  const complain = new Complainer(source);
  const { root, strayText } = parseXml(complain);
  if (root.name !== 'system') {
    throw complain.error({
      message: `the root element must be 'system', not '${root.name}'`,
      at: root.at,
      hint: 'put everything into <system> ... </system>',
    });
  }
  checkNoText(root, strayText, complain);

  const system: SystemDescription = {
    file,
    source,
    memoryRegions: [],
    protectionDomains: [],
    channels: [],
    warnings: [],
  };
  const trees: DomainTree[] = [];
  // Channels name protection domains that may stand further down.
  const channels: XmlElement[] = [];
  for (const child of childElements(root)) {
    if (child.name === 'protection_domain') {
      trees.push(readProtectionDomain(child, { complain, schedule: system.schedule, warnings: system.warnings }, false));
    } else if (child.name === 'domains') {
      if (system.schedule)
        throw new Attributes(child, complain, 'domains').value('domains must only be specified once', 'remove one of the two');
      const schedule = readSchedule(child, complain);
      // One without domains is none.
      if (schedule.numbers.size > 0) system.schedule = schedule;
    } else if (child.name === 'memory_region') system.memoryRegions.push(readMemoryRegion(child, complain, prefillBytes));
    else if (child.name === 'channel') channels.push(child);
    else if (child.name === 'virtual_machine') {
      throw complain.error({
        message: 'virtual machine must be a child of a protection domain',
        at: child.at,
        hint: 'move it into the <protection_domain> that is to manage it',
      });
    } else throw invalidElement(complain, child, 'system');
  }
  const named: NamedCapability[][] = [];
  for (const tree of trees) flatten(tree, undefined, system.protectionDomains, named, complain);
  system.channels = channels.map((element) => readChannel(element, complain, system.protectionDomains));
  system.protectionDomains.forEach((domain, index) => {
    domain.shared = findOwners(domain, itemAt(named, index), system.protectionDomains, complain);
  });
  checkSystem(system, complain);
  raisePageSizes(system);
  return system;
}

/** Program images in the order of their protection domains. */
export function programImages(system: SystemDescription): { pd: string; path: string; position: { line: number; column: number } }[] {
  return system.protectionDomains.map(({ name, programImage }) => ({
    pd: name,
    path: programImage.path,
    position: programImage.at,
  }));
}

/** Text directly in `system` is a typing mistake; further down the tool does not look. */
function checkNoText(root: XmlElement, place: Position | undefined, complain: Complainer): void {
  root.children.forEach((node, index) => {
    if (node.kind !== 'text' || isBlank(node.text)) return;
    const element = index === 0 ? root.name : '';
    const word = /^\S*/.exec(node.text.trim())?.[0].slice(0, 40);
    throw complain.error({
      message: `unexpected text found in element '${element}'`,
      at: place ?? root.at,
      form: 'at',
      hint: `remove '${word}', or make it a comment: <!-- ... -->`,
    });
  });
}

/** Parents before their children, depth first: [A, B, D, C] for A with the children B (with D) and C. */
function flatten(
  tree: DomainTree,
  parent: number | undefined,
  into: ProtectionDomain[],
  named: NamedCapability[][],
  complain: Complainer,
): void {
  const { domain, children } = tree;
  const ids = new Set<bigint>();
  for (const { domain: child } of children) {
    const id = child.id ?? 0n;
    const where = `in protection domain: '${domain.name}'`;
    const hint = `give '${child.name}' an id that '${domain.name}' does not use yet`;
    if (ids.has(id)) throw complain.error({ message: `duplicate id: ${id} ${where}`, at: child.at, form: 'at', hint });
    if (domain.virtualMachine?.vcpus.some((vcpu) => BigInt(vcpu.id) === id)) {
      throw complain.error({
        message: `duplicate id: ${id} clashes with virtual machine vcpu id ${where}`,
        at: child.at,
        form: 'at',
        hint,
      });
    }
    ids.add(id);
  }
  domain.parent = parent;
  const index = into.push(domain) - 1;
  named.push(tree.shared);
  for (const child of children) flatten(child, index, into, named, complain);
}

function readChannel(element: XmlElement, complain: Complainer, domains: readonly ProtectionDomain[]): Channel {
  const value = (message: string, hint: string): Error =>
    complain.error({ message: `${message} on element 'channel'`, at: element.at, hint });
  const unknown = element.attributes.at(0);
  if (unknown) throw value(`invalid attribute '${unknown.name}'`, '<channel> has no attributes; write those of its ends on <end>');
  const ends = childElements(element).map((child) => readEnd(child, complain, domains));
  const [a, b] = ends;
  if (!a || !b || ends.length !== 2) throw value('exactly two end elements must be specified', 'write <end pd="..." id="..." /> twice');
  // The older dialect marks the protection domain that is called, not the end that calls.
  if (!a.ppWritten && itemAt(domains, b.pd).callable) a.pp = true;
  if (!b.ppWritten && itemAt(domains, a.pd).callable) b.pp = true;
  if (a.pp && b.pp)
    throw value('cannot ppc bidirectionally', 'the one with the lower priority calls the other: leave pp out where it is called');
  const plain = ({ ppWritten: _, ...end }: WrittenEnd): ChannelEnd => end;
  return { ends: [plain(a), plain(b)], at: element.at };
}
