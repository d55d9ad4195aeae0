/** Descriptions in the form of before SDK 1.3 and 2.0, which our own reader takes and a real SDK of today does not: what to write instead. */
import type { Diagnostic } from '../diagnostic.js';
import type { ProtectionDomain, SystemDescription } from '../tool/model.js';

/** The complaint of a real SDK's tool, with what to write where it is about the older form; undefined where it is about something else. */
export function aboutOlderForm(complaint: Diagnostic, system: SystemDescription | undefined): Diagnostic | undefined {
  const [, attribute, element] = /^invalid attribute '(\w+)' on element '(\w+)'/.exec(complaint.message) ?? [];
  const domain = system?.protectionDomains.find((each) => lineOf(each, element) === complaint.line);
  if (!system || !domain || complaint.line === undefined) return undefined;
  const hint =
    attribute === 'pp' && element === 'protection_domain'
      ? callers(system, domain)
      : attribute === 'id' && element === 'virtual_machine'
        ? machine(domain)
        : undefined;
  if (hint === undefined) return undefined;
  return { ...complaint, sourceLine: system.source.lineText({ line: complaint.line, column: 1 }), hint };
}

const lineOf = ({ at, virtualMachine }: ProtectionDomain, element: string | undefined): number | undefined =>
  (element === 'virtual_machine' ? virtualMachine?.at : at)?.line;

function callers({ channels, protectionDomains }: SystemDescription, callee: ProtectionDomain): string {
  const ends = channels
    .flatMap(({ ends: [a, b] }) => [
      { caller: a, called: b },
      { caller: b, called: a },
    ])
    .filter(({ caller, called }) => caller.pp && protectionDomains[called.pd] === callee)
    .map(({ caller }) => `<end pd="${protectionDomains[caller.pd]?.name}" id="${caller.id}" pp="true" />`);
  const instead = ends.length > 0 ? `, and write ${ends.join(' and ')}` : '';
  return `since SDK 2.0 the end of a channel says that it calls: take pp away here${instead}. The embedded SDK reads both`;
}

function machine({ virtualMachine }: ProtectionDomain): string {
  const [vcpu] = virtualMachine?.vcpus ?? [];
  return `since SDK 1.3 a virtual machine names its processors: take id away here, and write <vcpu id="${vcpu?.id ?? 0}" /> inside. The embedded SDK reads both`;
}
