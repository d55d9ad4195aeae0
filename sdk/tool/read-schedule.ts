import { Attributes } from './attributes.js';
import type { Complainer } from './complaint.js';
import { MAX_DOMAIN_TURNS, SCHEDULING_DOMAINS } from './limits.js';
import type { DomainSchedule, DomainTurn } from './model.js';
import { suggestName } from './nearest.js';
import { invalidElement } from './read-elements.js';
import { childElements, type XmlElement } from './xml.js';

/** Reads `domains`: the names of the scheduling domains, and their schedule. */
export function readSchedule(element: XmlElement, complain: Complainer): DomainSchedule {
  const attributes = new Attributes(element, complain, 'domains');
  const names: { name: string; number: number | undefined }[] = [];
  let schedule: XmlElement | undefined;
  for (const child of childElements(element)) {
    if (child.name === 'domain') names.push(readName(child, complain, names));
    else if (child.name === 'domain_schedule') {
      if (schedule) {
        throw new Attributes(child, complain, 'domain_schedule').value('a second schedule of domains', 'put all turns into one of the two');
      }
      schedule = child;
    } else throw invalidElement(complain, child, 'domains');
  }
  if (!schedule) {
    throw attributes.value(
      'the domains have no schedule',
      'write <domain_schedule> with a <schedule_entry domain="..." duration="1000 us" /> for each turn',
    );
  }
  const numbers = number(names, attributes);
  return { numbers, ...readTurns(schedule, complain, numbers), at: element.at };
}

function readName(
  element: XmlElement,
  complain: Complainer,
  known: readonly { name: string; number: number | undefined }[],
): { name: string; number: number | undefined } {
  const attributes = new Attributes(element, complain, 'domain');
  const name = attributes.required('name');
  const id = attributes.number('id');
  if (id !== undefined && id >= BigInt(SCHEDULING_DOMAINS)) {
    throw attributes.value(
      `domain id ${id} is too high`,
      `the kernel has ${SCHEDULING_DOMAINS} domains: 0 to ${SCHEDULING_DOMAINS - 1}`,
      'id',
    );
  }
  if (known.some((other) => other.name === name)) throw attributes.value(`a second domain '${name}'`, 'give it a name of its own', 'name');
  const owner = known.find((other) => id !== undefined && other.number === Number(id));
  if (owner) throw attributes.value(`domain id ${id} is that of '${owner.name}'`, 'give it another id, or none: the lowest free one', 'id');
  return { name, number: id === undefined ? undefined : Number(id) };
}

/** Those without a number get the lowest free ones, in the order of the file. */
function number(names: readonly { name: string; number: number | undefined }[], attributes: Attributes): Map<string, number> {
  if (names.length > SCHEDULING_DOMAINS) {
    throw attributes.value(`${names.length} domains are too many`, `the kernel has ${SCHEDULING_DOMAINS}`);
  }
  const taken = new Set(names.flatMap((known) => known.number ?? []));
  const numbers = new Map<string, number>();
  let next = 0;
  for (const known of names) {
    while (known.number === undefined && taken.has(next)) next++;
    const chosen = known.number ?? next;
    taken.add(chosen);
    numbers.set(known.name, chosen);
  }
  return numbers;
}

function readTurns(
  element: XmlElement,
  complain: Complainer,
  numbers: ReadonlyMap<string, number>,
): Pick<DomainSchedule, 'turns' | 'first'> {
  const attributes = new Attributes(element, complain, 'domain_schedule');
  const first = attributes.number('start_index') ?? 0n;
  const shift = attributes.number('index_shift') ?? 0n;
  const turns = childElements(element).map((child): DomainTurn => {
    if (child.name === 'schedule_entry') return readTurn(child, complain, numbers);
    if (child.name !== 'schedule_end_marker') throw invalidElement(complain, child, 'domain_schedule');
    new Attributes(child, complain, 'schedule_end_marker');
    return { domain: 0, unit: 'end', duration: 0n };
  });
  const room = MAX_DOMAIN_TURNS - 1;
  if (turns.length > room) throw attributes.value(`${turns.length} turns are too many`, `the kernel has room for ${room} and an end`);
  if (first >= BigInt(turns.length)) {
    throw attributes.value(
      `there is no turn ${first} to start with`,
      turns.length === 0 ? 'write a <schedule_entry> for each turn' : `turns are counted from 0, and the last one is ${turns.length - 1}`,
      'start_index',
    );
  }
  if (shift + BigInt(turns.length) > BigInt(room)) {
    throw attributes.value(
      `${turns.length} turns from place ${shift} on do not fit`,
      `the kernel has room for ${room} and an end: leave index_shift out`,
      'index_shift',
    );
  }
  return { turns, first: Number(first) };
}

function readTurn(element: XmlElement, complain: Complainer, numbers: ReadonlyMap<string, number>): DomainTurn {
  const attributes = new Attributes(element, complain, 'schedule_entry');
  const name = attributes.required('domain');
  const written = attributes.required('duration');
  const domain = numbers.get(name);
  if (domain === undefined)
    throw attributes.value(`there is no domain '${name}'`, suggestName(name, [...numbers.keys()], 'domain'), 'domain');
  const [, amount, unit] = /^([^ ]*) (us|ticks)$/.exec(written) ?? [];
  if (amount === undefined) {
    throw attributes.value(
      `'${written}' is not a duration`,
      'write a number, a blank and a unit: "1000 us" for microseconds, "62500 ticks" for ticks of the counter',
      'duration',
    );
  }
  const duration = attributes.numberIn('duration', amount);
  if (duration === 0n) throw attributes.value('a turn of no time', 'write at least "1 us"', 'duration');
  return { domain, unit: unit === 'us' ? 'microseconds' : 'ticks', duration };
}
