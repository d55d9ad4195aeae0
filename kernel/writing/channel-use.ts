import type { Diagnostic } from '../../sdk/diagnostic.js';
import type { Channel, ChannelEnd, ProtectionDomain, SystemDescription } from '../../sdk/tool/model.js';
import type { Sources } from './body-language.js';
import { blankComments, parseC } from './c-header.js';
import { macrosOf, numberOf } from './c-numbers.js';
import { sourceOf } from './domain-facts.js';
import { messageMistakes } from './message-use.js';

/** What a program does with a channel, as far as its source says. */
interface Use {
  kind: 'call' | 'notify' | 'acknowledge';
  channel: number;
  /** Both 1-based. */
  line: number;
  column: number;
  length: number;
}

const KINDS = new Map<string, Use['kind']>([
  ['microkit_ppcall', 'call'],
  ['microkit_notify', 'notify'],
  ['microkit_deferred_notify', 'notify'],
  ['microkit_irq_ack', 'acknowledge'],
  ['microkit_deferred_irq_ack', 'acknowledge'],
]);

/** First capability slot of each use of a channel; the channel's number is added (`BASE_..._CAP` of microkit.h). */
const FIRST_SLOTS: Record<Use['kind'], number> = { notify: 10, call: 74, acknowledge: 138 };
const SLOTS_PER_USE = 64;
/** `MICROKIT_MAX_CHANNEL_ID`. */
const LARGEST_CHANNEL = 61;

/** Uses whose channel is a number, or a macro for one. */
function usesOf(text: string, sources: Sources): Use[] {
  const code = blankComments(text);
  const macros = macrosOf(text, sources);
  return [...code.matchAll(/\b(microkit_\w+)\s*\(\s*(\w+)\s*[,)]/g)].flatMap(({ 0: whole, 1: name = '', 2: argument = '', index = 0 }) => {
    const kind = KINDS.get(name);
    if (!kind) return [];
    const channel = numberOf(argument, macros);
    if (channel === undefined) return [];
    const line = code.slice(0, index).split('\n').length;
    return [{ kind, channel, line, column: index - code.lastIndexOf('\n', index - 1), length: whole.length }];
  });
}

/**
 * Mistakes that neither the compiler nor the tool can see alone, since one half is in C and the other in XML. A channel
 * that is not there at all is not among them: the kernel says that when it is used.
 */
export function checkChannels(system: SystemDescription, sources: Sources): Diagnostic[] {
  return system.protectionDomains.flatMap((domain, index) => {
    const file = sourceOf(domain.programImage.path);
    const text = sources.read(file);
    if (text === undefined) return [];
    const lines = text.split(/\r?\n/);
    const warn: Warn = (message, hint, use) => {
      const sourceLine = use && lines[use.line - 1];
      return {
        ...{ severity: 'warning', file, message, hint },
        ...(use && { line: use.line, column: use.column, length: use.length }),
        ...(sourceLine !== undefined && { sourceLine }),
      };
    };
    const defined = new Set(
      parseC(text, '')
        .filter(({ kind }) => kind === 'function')
        .map(({ name }) => name),
    );
    // A folder of the program's name may hold more of it: what is not here may be there.
    const whole = defined.has('init') && !sources.names('').includes(file.replace(/\.c$/, ''));
    return [
      ...usesOf(text, sources).flatMap((use) => wrongUses(system, domain, index, use, warn)),
      ...messageMistakes(text).map(({ message, hint, place }) => warn(message, hint, place)),
      ...(whole ? missingEntryPoints(system, domain, index, defined, warn) : []),
    ];
  });
}

type Warn = (message: string, hint: string, use?: Pick<Use, 'line' | 'column' | 'length'>) => Diagnostic;

/** What a program does with a channel that is not for that. */
function wrongUses(system: SystemDescription, domain: ProtectionDomain, index: number, use: Use, warn: Warn): Diagnostic[] {
  const interrupt = domain.interrupts.find(({ id }) => id === use.channel);
  const found: Diagnostic[] = [];
  if (interrupt && use.kind !== 'acknowledge') {
    const message = `channel ${use.channel} of '${domain.name}' is interrupt ${interrupt.irq}: nobody is at its other end`;
    found.push(warn(message, `the ids of its channels in ${system.file}: ${idsOf(system, index)}`, use));
  }
  const ends = endsOf(system, index).find(([own]) => own.id === use.channel);
  if (!ends || use.kind !== 'call') return found;
  const [own, other] = ends;
  if (own.pp) return found;
  const message = `'${domain.name}' may not call on channel ${use.channel}`;
  const hint =
    downwards(system, domain, other.pd, own.id) ??
    (marksCallees(system)
      ? `in ${system.file}, write pp="true" on the protection domain '${nameOf(system, other.pd)}'`
      : `in ${system.file}, write pp="true" on <end pd="${domain.name}" id="${own.id}">`);
  return [...found, warn(message, hint, use)];
}

/** What to do instead of a call that the priorities forbid. Undefined where they allow it. */
function downwards(system: SystemDescription, caller: ProtectionDomain, callee: number, channel: number): string | undefined {
  const called = system.protectionDomains[callee];
  if (!called || caller.priority < called.priority) return undefined;
  return (
    `calls go upwards only, and '${called.name}' has priority ${called.priority}, '${caller.name}' ${caller.priority}: ` +
    `tell it something with microkit_notify(${channel}), or give '${called.name}' a higher priority and the right to be called`
  );
}

/** Functions that others make the kernel call, and that the program does not define. */
function missingEntryPoints(
  system: SystemDescription,
  domain: ProtectionDomain,
  index: number,
  defined: ReadonlySet<string>,
  warn: Warn,
): Diagnostic[] {
  const found: Diagnostic[] = [];
  const caller = endsOf(system, index).find(([, other]) => other.pp)?.[1];
  if (caller && !defined.has('protected')) {
    found.push(
      warn(
        `'${nameOf(system, caller.pd)}' may call '${domain.name}', which does not define protected()`,
        'define: microkit_msginfo protected(microkit_channel ch, microkit_msginfo msginfo)',
      ),
    );
  }
  if ((domain.virtualMachine || domain.hasChildren) && !defined.has('fault')) {
    const whose = domain.virtualMachine ? `the virtual machine '${domain.virtualMachine.name}'` : 'its children';
    found.push(
      warn(
        `'${domain.name}' gets the faults of ${whose}, and does not define fault()`,
        'define: seL4_Bool fault(microkit_child child, microkit_msginfo msginfo, microkit_msginfo *reply_msginfo)',
      ),
    );
  }
  return found;
}

const nameOf = (system: SystemDescription, index: number): string => system.protectionDomains[index]?.name ?? '';

/** The channels of a protection domain: its own end, and the other. */
function endsOf(system: SystemDescription, index: number): [own: ChannelEnd, other: ChannelEnd][] {
  return system.channels.flatMap(({ ends: [a, b] }: Channel): [ChannelEnd, ChannelEnd][] =>
    a.pd === index ? [[a, b]] : b.pd === index ? [[b, a]] : [],
  );
}

function idsOf(system: SystemDescription, index: number): string {
  return (
    endsOf(system, index)
      .map(([own, other]) => `${own.id} (${nameOf(system, other.pd)})`)
      .join(', ') || 'none'
  );
}

/** A description of the dialect before SDK 1.3 marks the protection domain that is called, and no end. */
const marksCallees = (system: SystemDescription): boolean => system.protectionDomains.some(({ callable }) => callable);

type Giving = (name: string, id: number, system: SystemDescription) => string;

const WORDS: Record<Use['kind'], { did: string; right: string; give: Giving }> = {
  call: {
    did: 'called',
    right: 'the right to call',
    give: (name, id, system) =>
      marksCallees(system)
        ? `a <channel> with <end pd="${name}" id="${id}" /> to a protection domain with pp="true"`
        : `a <channel> with <end pd="${name}" id="${id}" pp="true" />`,
  },
  notify: { did: 'notified', right: 'the right to notify', give: (name, id) => `a <channel> with <end pd="${name}" id="${id}" />` },
  acknowledge: {
    did: 'acknowledged an interrupt',
    right: 'an interrupt',
    give: (name, id) => `an <irq irq="..." id="${id}" /> in '${name}'`,
  },
};

/** Lines about uses of channels that are not there: the kernel's, and those of SDK 2's library, which does not ask it. */
export const REFUSED_USE = /Attempted to invoke a null cap|microkit_\w+: invalid channel given '/;

/** Those lines in the terms of the system description; once for each capability. */
export const explainRefusedUses = (log: string, system: SystemDescription, sources: Sources): string[] => [
  ...explainNullCaps(log, system, sources),
  ...explainInvalidChannels(log, system),
];

function explainNullCaps(log: string, system: SystemDescription, sources: Sources): string[] {
  const slots = new Set([...log.matchAll(/Attempted to invoke a null cap #(\d+)/g)].map(([, slot]) => Number(slot)));
  return [...slots].flatMap((slot) => {
    const kinds = (Object.keys(FIRST_SLOTS) as Use['kind'][]).filter((kind) => slot >= FIRST_SLOTS[kind]);
    // A number that is too large leads into the slots of another use: the sources say which it was.
    const named = kinds
      .map((kind) => ({ kind, channel: slot - FIRST_SLOTS[kind], domain: culprit(system, sources, kind, slot - FIRST_SLOTS[kind]) }))
      .filter(({ domain, channel }) => domain !== undefined || channel < SLOTS_PER_USE)
      .sort((a, b) => Number(b.domain !== undefined) - Number(a.domain !== undefined));
    const other = slot >= FIRST_OTHER_SLOT ? explainOtherCap(slot) : undefined;
    if (other !== undefined) return [other];
    const [use] = named;
    return use ? [`null cap #${slot}: ${explainUse(system, use)}`] : [];
  });
}

function explainInvalidChannels(log: string, system: SystemDescription): string[] {
  const lines = log.matchAll(/(\S+) (microkit_\w+): invalid channel given '(\d+)'/g);
  const said = [...lines].flatMap(([, name, call = '', channel]) => {
    const kind = KINDS.get(call);
    const domain = system.protectionDomains.find((one) => one.name === name);
    return kind && domain ? [`invalid channel: ${explainUse(system, { kind, channel: Number(channel), domain })}`] : [];
  });
  return [...new Set(said)];
}

/** Where the capabilities begin that a domain has of child domains, and of its virtual machine (`BASE_TCB_CAP` and on). */
const FIRST_OTHER_SLOT = 202;
const OTHER_USES = [
  ['child protection domain', 'a <protection_domain id="ID"> inside its own'],
  ['virtual CPU', 'a <virtual_machine> inside its <protection_domain>'],
  ['virtual CPU', 'a <virtual_machine> inside its <protection_domain>'],
] as const;

function explainOtherCap(slot: number): string | undefined {
  const use = OTHER_USES[Math.floor((slot - FIRST_OTHER_SLOT) / SLOTS_PER_USE)];
  if (!use) return undefined;
  const [what, from] = use;
  const id = (slot - FIRST_OTHER_SLOT) % SLOTS_PER_USE;
  return `null cap #${slot}: a protection domain used ${what} ${id}, which it does not have. It gets one by ${from.replace('ID', String(id))}.`;
}

/** The protection domain whose source uses a channel so without the right to, or else one that uses it so at all. */
function culprit(system: SystemDescription, sources: Sources, kind: Use['kind'], channel: number): ProtectionDomain | undefined {
  const using = system.protectionDomains.filter(({ programImage }) => {
    const text = sources.read(sourceOf(programImage.path));
    return text !== undefined && usesOf(text, sources).some((use) => use.kind === kind && use.channel === channel);
  });
  return using.find((domain) => !holds(system, system.protectionDomains.indexOf(domain), kind, channel)) ?? using[0];
}

function explainUse(
  system: SystemDescription,
  { kind, channel, domain }: Pick<Use, 'kind' | 'channel'> & { domain: ProtectionDomain | undefined },
): string {
  const { did, right, give } = WORDS[kind];
  const what = `${domain ? `'${domain.name}'` : 'A protection domain'} ${did} on channel ${channel}`;
  if (channel > LARGEST_CHANNEL) return `${what}. Channels have the numbers 0 to ${LARGEST_CHANNEL}.`;
  const index = domain ? system.protectionDomains.indexOf(domain) : -1;
  const [, other] = endsOf(system, index).find(([own]) => own.id === channel) ?? [];
  const instead = domain && other && kind === 'call' ? downwards(system, domain, other.pd, channel) : undefined;
  if (instead) return `${what}, which it may not: ${instead}.`;
  return `${what}, which it does not have. It gets ${right} by ${give(domain?.name ?? '...', channel, system)}.`;
}

function holds(system: SystemDescription, index: number, kind: Use['kind'], channel: number): boolean {
  if (kind === 'acknowledge') return system.protectionDomains[index]?.interrupts.some(({ id }) => id === channel) ?? false;
  const [own] = endsOf(system, index).find(([end]) => end.id === channel) ?? [];
  return own !== undefined && (kind === 'call' ? own.pp : own.notify);
}
