/** A monitor that answers none of its guest's faults. */
import type { Diagnostic } from '../../sdk/diagnostic.js';
import type { SystemDescription } from '../../sdk/tool/model.js';
import type { Sources } from './body-language.js';
import { blankComments, pieces } from './c-header.js';
import { sourceOf } from './domain-facts.js';

const FAULT = /\bfault\s*\([^)]*\)\s*\{/;
const NO = /^(?:seL4_False|false|0)$/;
/** What a function may answer with by itself. */
const ANSWERS = /\b(?:seL4_Reply|seL4_Send|seL4_NBSend|microkit_vcpu_restart|seL4_TCB_Resume)\b/;

/** A parent may stop a child for good so. A guest is started to go on. */
export function warnOfUnansweredFaults(system: SystemDescription, sources: Sources): Diagnostic[] {
  return system.protectionDomains.flatMap(({ name, programImage, virtualMachine }) => {
    const file = sourceOf(programImage.path);
    const text = virtualMachine && sources.read(file);
    if (virtualMachine === undefined || text === undefined) return [];
    const body = [...pieces(blankComments(text))].find((piece) => piece.kind === 'declaration' && FAULT.test(piece.text));
    const returns = [...(body?.text.matchAll(/\breturn\b\s*([^;]*);/g) ?? [])].map(([, value = '']) => value.replace(/[()\s]/g, ''));
    if (!body || returns.length === 0 || !returns.every((value) => NO.test(value)) || ANSWERS.test(body.text)) return [];
    const line = body.line + body.text.slice(0, body.text.lastIndexOf('return')).split('\n').length;
    const sourceLine = text.split(/\r?\n/)[line - 1];
    return [
      {
        severity: 'warning',
        file,
        line,
        column: (sourceLine?.indexOf('return') ?? 0) + 1,
        length: 'return'.length,
        message: `fault() of '${name}' answers no fault of '${virtualMachine.name}'`,
        hint: 'a fault that was not ended by what fault() calls stops the guest for good: when it may go on, *reply_msginfo = microkit_msginfo_new(0, 0); return seL4_True;',
        sourceLine,
      },
    ];
  });
}
