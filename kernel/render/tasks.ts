import type { MimeBundle } from '../core/evaluator.js';
import type { CheckedTask } from '../session/task-checks.js';
import { escapeHtml } from './html.js';
import { tableHtml, tableText } from './table.js';

export interface TaskRow {
  name: string;
  title: string;
  asks: string;
  /** In a word or two. */
  state: string;
  passed: boolean;
}

export function tasksBundle(title: string, tasks: readonly TaskRow[]): MimeBundle {
  const done = tasks.filter(({ passed }) => passed).length;
  const head = ['', 'Task', 'What', 'State'];
  const rows = tasks.map(({ name, title: what, state, passed }) => [passed ? '\u2713' : '\u25cb', name, what, state]);
  const summary = `${title}: ${done} of ${tasks.length} tasks done.`;
  const next = tasks.find(({ passed }) => !passed);
  const after = next
    ? [`Next is ${next.name}: ${next.asks}`, `%check ${next.name} checks it, %hint ${next.name} helps.`]
    : ['That is all of them.'];
  const bar = `<progress value="${done}" max="${tasks.length}" aria-label="tasks done" style="margin-left:0.5em"></progress>`;
  return {
    data: {
      'text/plain': [summary, tableText({ head, rows }), ...after].join('\n'),
      'text/html': [
        `<div>${escapeHtml(summary)}${bar}</div>`,
        tableHtml({ head, rows, code: [1] }),
        ...after.map((line) => `<div>${escapeHtml(line)}</div>`),
      ].join(''),
    },
  };
}

/** What the checks of a task have found. */
export function checksBundle(task: string, { checks, findings }: CheckedTask): MimeBundle {
  const passed = checks.filter(({ failure }) => failure === undefined).length;
  const summary =
    passed === checks.length ? `${task}: done. ${counted(passed)} passed.` : `${task}: ${passed} of ${counted(checks.length)} passed.`;
  // What is wrong with the run as a whole is in every check the same: it is said once.
  const said = new Set<string>();
  const items = checks.map(({ name, failure }) => {
    const detail = failure === undefined || said.has(failure) ? undefined : failure;
    if (failure !== undefined) said.add(failure);
    return { sign: failure === undefined ? '\u2713' : '\u2717', name, detail };
  });
  const text = items.flatMap(({ sign, name, detail }) => [
    `  ${sign} ${name}`,
    ...(detail?.split('\n').map((line) => `      ${line}`) ?? []),
  ]);
  const html = items.map(
    ({ sign, name, detail }) =>
      `<div>${sign} ${escapeHtml(name)}${detail === undefined ? '' : `<div style="margin-left:1.5em;white-space:pre-wrap">${escapeHtml(detail)}</div>`}</div>`,
  );
  return {
    data: {
      'text/plain': [summary, ...text, ...findings].join('\n'),
      'text/html': [
        `<div><strong>${escapeHtml(summary)}</strong></div>`,
        ...html,
        ...findings.map((finding) => `<p style="margin:0.5em 0">${escapeHtml(finding)}</p>`),
      ].join(''),
    },
  };
}

const counted = (number: number): string => (number === 1 ? '1 check' : `${number} checks`);
