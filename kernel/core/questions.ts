import type { Message } from '../protocol/message.js';
import type { ReplyContents } from '../protocol/replies.js';
import { parseCode, parseCommInfo, parseCursor, parseDebug, parseHistory, parseInspect } from '../protocol/requests.js';
import type { Comms } from './comms.js';
import type { Evaluator } from './evaluator.js';
import type { History } from './history.js';
import { kernelInfo } from './info.js';
import type { UsageMeter } from './usage.js';

/** Requests that change nothing, and are answered while a cell runs. */
type Question =
  | 'kernel_info_request'
  | 'complete_request'
  | 'inspect_request'
  | 'is_complete_request'
  | 'history_request'
  | 'comm_info_request'
  | 'usage_request'
  | 'debug_request';

/** What the answers are drawn from. */
export interface Knowledge {
  evaluator: Evaluator;
  history: History;
  comms: Comms;
  usage: UsageMeter;
}

type Handler<T extends Question> = (content: object, knowledge: Knowledge) => Promise<ReplyContents[T]>;

const HANDLERS: { [T in Question]: Handler<T> } = {
  async kernel_info_request(_content, { evaluator }) {
    return kernelInfo(evaluator.identity);
  },

  async complete_request(content, { evaluator }) {
    const { code, cursor } = parseCursor(content);
    const { matches, start, end, metadata } = await evaluator.complete(code, cursor);
    return { status: 'ok', matches: [...matches], cursor_start: start, cursor_end: end, metadata: { ...metadata } };
  },
  async inspect_request(content, { evaluator }) {
    const { code, cursor, detail } = parseInspect(content);
    const bundle = await evaluator.inspect(code, cursor, detail);
    return { status: 'ok', found: bundle !== undefined, data: { ...bundle?.data }, metadata: { ...bundle?.metadata } };
  },
  async is_complete_request(content, { evaluator }) {
    const { status, indent } = await evaluator.isComplete(parseCode(content));
    // This reply has no status 'ok': the field says how complete the code is.
    return status === 'incomplete' ? { status, indent: indent ?? '' } : { status };
  },
  async history_request(content, { history }) {
    return { status: 'ok', history: history.query(parseHistory(content)) } as ReplyContents['history_request'];
  },
  async comm_info_request(content, { comms }) {
    return { status: 'ok', comms: comms.info(parseCommInfo(content)) };
  },

  async usage_request(_content, { evaluator, usage }) {
    return usage.measure(evaluator.processes?.() ?? []);
  },

  async debug_request(content) {
    const { seq, command } = parseDebug(content);
    const message = 'this kernel has no debugger';
    return { type: 'response', request_seq: seq, seq: seq + 1, success: false, command, message, body: {} };
  },
};

export function isQuestion(type: string): type is Question {
  return Object.hasOwn(HANDLERS, type);
}

/** The content of the reply. Rejects when the request is malformed or the evaluator fails. */
export function answerQuestion(request: Message, knowledge: Knowledge): Promise<object> {
  return HANDLERS[request.header.msg_type as Question](request.content, knowledge);
}
