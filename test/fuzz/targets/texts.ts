/** Files that a reader writes, or was sent. */
import { Digest } from '../../../emulator/devices/testing/digest.js';
import { formatNotebook, parseNotebook } from '../../../kernel/notebook/format.js';
import { notebookPage } from '../../../kernel/notebook/page.js';
import { UserError } from '../../../kernel/session/user-error.js';
import { address, checkConnection } from '../../../kernel/transport/connection.js';
import { ConnectionError } from '../../../kernel/protocol/connection-error.js';
import { createSigner } from '../../../kernel/protocol/signature.js';
import { readReport } from '../../../sdk/tool/read-report.js';
import { PIECES, PROGRAM, XML, outcome } from '../../../sdk/tool/testing/damage.js';
import { makeTestSdk } from '../../../sdk/tool/testing/sdk.js';
import { Mutator, refusal } from '../mutate.js';
import type { Target } from '../target.js';

const MARKDOWN =
  '# A *b* `c`\n\n- one\n  - two\n1. three\n\n| a | b |\n|---|:-:|\n| 1 | `x|y` |\n\n> quoted\n\n```c\nint x;\n```\n\n[x](javascript:y) ![z](attachment:q.png) **b _c_** <script>\n<!-- -->\n---\n';
const MARKS = [
  '*',
  '**',
  '_',
  '`',
  '```',
  '[',
  '](',
  ')',
  '![',
  '|',
  '\n',
  '\n\n',
  '> ',
  '- ',
  '    ',
  '#',
  '<',
  '&',
  '\\',
  '~~~',
  '<!--',
  '\t',
  '|-',
  'javascript:',
  '\0',
];

/** Changes JSON's text, or the value that it stands for. */
function changedJson(change: Mutator, value: unknown): unknown {
  if (change.chance(2)) return change.json(change.chance(3) ? change.json(value) : value);
  try {
    return JSON.parse(
      change.text(JSON.stringify(value), ['"', '{', '}', '[', ']', ',', ':', 'null', '1e999', '-0', '\\u0000', '"__proto__":']),
    );
  } catch {
    return undefined;
  }
}

const connection: Target = {
  name: 'text/connection-file',
  small: 1000,
  // A transport without a text form.
  found: [{ seed: 1, operations: 3000 }],
  run(seed, operations, tick) {
    const change = new Mutator(seed);
    const digest = new Digest();
    const file = {
      shell_port: 1,
      control_port: 2,
      stdin_port: 3,
      iopub_port: 4,
      hb_port: 5,
      ip: '127.0.0.1',
      transport: 'tcp',
      key: 'secret',
      signature_scheme: 'hmac-sha256',
      kernel_name: 'x',
      curve_publickey: 'p'.repeat(40),
      curve_secretkey: 's'.repeat(40),
    };
    for (let done = 0; done < operations;) {
      try {
        const info = checkConnection(changedJson(change, file), 'c.json');
        // What is accepted can be used.
        for (const port of ['shell_port', 'control_port', 'stdin_port', 'iopub_port', 'hb_port'] as const) {
          const where = address(info, port);
          if (info.transport === 'tcp' && !(info[port] >= 0 && info[port] < 65536)) throw new TypeError(`accepted ${where}`);
          digest.text(where);
        }
        createSigner(info.signature_scheme, info.key).sign([]);
      } catch (error) {
        digest.text(refusal(error, [ConnectionError]));
      }
      tick(++done);
    }
    return String(digest);
  },
};

const notebook: Target = {
  name: 'text/notebook',
  small: 400,
  // A type of cell without a text form.
  found: [{ seed: 1, operations: 705 }],
  run(seed, operations, tick) {
    const change = new Mutator(seed);
    const digest = new Digest();
    const file = {
      nbformat: 4,
      nbformat_minor: 5,
      metadata: { kernelspec: { name: 'virtbook' } },
      cells: [
        {
          id: 'a',
          cell_type: 'markdown',
          metadata: { tags: ['x'] },
          source: MARKDOWN.split(/(?<=\n)/),
          attachments: { 'q.png': { 'image/png': 'aGk=' } },
        },
        {
          id: 'b',
          cell_type: 'code',
          metadata: {},
          source: '%run part4',
          outputs: [{ output_type: 'stream', name: 'stdout', text: ['a\n'] }],
          execution_count: 3,
        },
        { id: 'c', cell_type: 'raw', metadata: {}, source: 'x' },
      ],
    };
    for (let done = 0; done < operations;) {
      try {
        const read = parseNotebook(changedJson(change, file), 'x.ipynb');
        for (const cell of read.cells) if (cell.cell_type === 'markdown') cell.source = change.text(cell.source, MARKS);
        const written = formatNotebook(read);
        if (parseNotebook(JSON.parse(written), 'x.ipynb').cells.length !== read.cells.length)
          throw new TypeError('what is written is not what was read');
        const page = notebookPage(read, 'x');
        if (/<script|href="javascript:/i.test(page))
          throw new TypeError(`the page runs what the notebook brings: ${page.match(/.{0,80}(<script|href="javascript:).{0,80}/i)?.[0]}`);
        digest.text(page.slice(-2000));
      } catch (error) {
        digest.text(refusal(error, [UserError]));
      }
      tick(++done);
    }
    return String(digest);
  },
};

const system: Target = {
  name: 'text/system-description',
  small: 300,
  run(seed, operations, tick) {
    const change = new Mutator(seed);
    const digest = new Digest();
    const sdk = makeTestSdk();
    try {
      for (let done = 0; done < operations;) {
        const xml = change.chance(50) ? Buffer.from(change.noise(change.random.below(200))).toString() : change.text(XML, PIECES);
        const program = change.chance(3) ? change.bytes(PROGRAM, 64 + 2 * 56) : PROGRAM;
        digest.text(String(outcome(sdk.path, xml, program)));
        tick(++done);
      }
    } finally {
      sdk.remove();
    }
    return String(digest);
  },
};

const REPORT = `# Allocated Kernel Objects Detail
    TCB: PD=client                          tcb index=3 priority=100
# Capabilities Detail
    CNode: PD=client
        1 TCB: PD=client rights=read+write badge=1
# Mappings Detail
    VSpace: PD=client
        [0x200000..0x201000) -> 0x60000000 r-x code (cached, 4 KiB pages)
`;

const report: Target = {
  name: 'text/report',
  small: 3000,
  run(seed, operations, tick) {
    const change = new Mutator(seed);
    const digest = new Digest();
    for (let done = 0; done < operations;) {
      for (const { name, mappings, capabilities } of readReport(
        change.text(REPORT, ['\n', '#', '    ', '0x', 'badge=', 'g', '=', 'VSpace: ', '9'.repeat(400), '(', ')']),
      )) {
        digest.text(name);
        for (const { start } of mappings) digest.number(start);
        for (const { badge } of capabilities) digest.text(String(badge));
      }
      tick(++done);
    }
    return String(digest);
  },
};

export const texts: readonly Target[] = [connection, notebook, system, report];
