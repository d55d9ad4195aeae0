/** What the protocol demands of each message; fields by "Messaging in Jupyter" 5.5. */
import type { Message } from '../../kernel/protocol/message.js';

type Kind = 'string' | 'number' | 'boolean' | 'object' | 'strings' | 'array';

const ERROR: Record<string, Kind> = { ename: 'string', evalue: 'string', traceback: 'strings' };
const BUNDLE: Record<string, Kind> = { data: 'object', metadata: 'object' };

const CONTENTS: Record<string, Record<string, Kind>> = {
  status: { execution_state: 'string' },
  stream: { name: 'string', text: 'string' },
  execute_input: { code: 'string', execution_count: 'number' },
  display_data: { ...BUNDLE, transient: 'object' },
  update_display_data: { ...BUNDLE, transient: 'object' },
  execute_result: { ...BUNDLE, execution_count: 'number' },
  error: ERROR,
  clear_output: { wait: 'boolean' },
  iopub_welcome: { subscription: 'string' },
  comm_open: { comm_id: 'string', target_name: 'string', data: 'object' },
  comm_msg: { comm_id: 'string', data: 'object' },
  comm_close: { comm_id: 'string', data: 'object' },
  create_subshell_reply: { subshell_id: 'string' },
  delete_subshell_reply: {},
  list_subshell_reply: { subshell_id: 'strings' },
  usage_reply: {
    ...{ hostname: 'string', pid: 'number', kernel_cpu: 'number', kernel_memory: 'number' },
    ...{ cpu_count: 'number', host_cpu_percent: 'number', host_virtual_memory: 'object' },
  },
  debug_reply: { type: 'string', request_seq: 'number', seq: 'number', success: 'boolean', command: 'string', body: 'object' },
  shutdown_reply: { restart: 'boolean' },
  input_request: { prompt: 'string', password: 'boolean' },
  kernel_info_reply: {
    protocol_version: 'string',
    implementation: 'string',
    implementation_version: 'string',
    language_info: 'object',
    banner: 'string',
    supported_features: 'strings',
  },
  execute_reply: { execution_count: 'number', payload: 'array', user_expressions: 'object' },
  complete_reply: { matches: 'strings', cursor_start: 'number', cursor_end: 'number', metadata: 'object' },
  inspect_reply: { found: 'boolean', ...BUNDLE },
  is_complete_reply: { status: 'string' },
  history_reply: { history: 'array' },
  comm_info_reply: { comms: 'object' },
  interrupt_reply: {},
  connect_reply: {},
};

const NO_STATUS = new Set(['is_complete_reply', 'usage_reply', 'debug_reply']);

/** @throws Error that names the message and the field. */
export function checkMessage(message: Message): void {
  const { header, parent_header, content } = message;
  const type = header.msg_type;
  const complain = (what: string): never => {
    throw new Error(`${type}: ${what} in ${JSON.stringify(content).slice(0, 300)}`);
  };
  checkEnvelope(message, complain);
  const fields = CONTENTS[type] ?? complain('unknown type');
  const values = content as Record<string, unknown>;
  if (type.endsWith('_reply') && !NO_STATUS.has(type)) {
    if (!parent_header.msg_id) complain('a reply to nothing');
    if (values['status'] === 'error') return check(values, ERROR, complain);
    if (values['status'] !== 'ok') complain(`status '${String(values['status'])}'`);
  }
  check(values, fields, complain);
  if ('data' in fields && !type.startsWith('comm_')) {
    for (const mime of Object.keys(values['data'] as object)) if (!/^[\w\-+.]+\/[\w\-+.]+$/.test(mime)) complain(`MIME type '${mime}'`);
  }
}

function checkEnvelope({ header, parent_header, metadata }: Message, complain: (what: string) => never): void {
  for (const field of ['msg_id', 'session', 'username', 'date', 'msg_type', 'version'] as const) {
    if (typeof header[field] !== 'string' || header[field] === '') complain(`header without ${field}`);
  }
  if (!/^\d+\.\d+$/.test(header.version)) complain('a version that is not x.y');
  if (typeof metadata !== 'object' || typeof parent_header !== 'object') complain('missing dictionaries');
}

function check(values: Record<string, unknown>, fields: Record<string, Kind>, complain: (what: string) => never): void {
  for (const [name, kind] of Object.entries(fields)) {
    const value = values[name];
    const right =
      kind === 'array' || kind === 'strings'
        ? Array.isArray(value) && (kind === 'array' || value.every((item) => typeof item === 'string'))
        : typeof value === kind && value !== null;
    if (!right) complain(`'${name}' is not ${kind}`);
  }
}
