/** Contents of replies. Source: "Messaging in Jupyter", protocol 5.5; usage as ipykernel sends it. */
import type { KernelMessage } from '@jupyterlab/services';

/** What must come back on the requesting channel, by the type of the request. */
export interface ReplyContents {
  kernel_info_request: KernelMessage.IInfoReply;
  complete_request: KernelMessage.ICompleteReplyMsg['content'];
  inspect_request: KernelMessage.IInspectReplyMsg['content'];
  is_complete_request: KernelMessage.IIsCompleteReplyMsg['content'];
  history_request: KernelMessage.IHistoryReplyMsg['content'];
  comm_info_request: KernelMessage.ICommInfoReplyMsg['content'];
  execute_request: KernelMessage.IExecuteReplyMsg['content'];
  interrupt_request: KernelMessage.IInterruptReplyMsg['content'];
  shutdown_request: { status: 'ok'; restart: boolean };
  create_subshell_request: { status: 'ok'; subshell_id: string };
  delete_subshell_request: { status: 'ok' };
  list_subshell_request: { status: 'ok'; subshell_id: string[] };
  /** Deprecated, and empty in a kernel that has no ports. */
  connect_request: { status: 'ok'; [port: `${string}_port`]: number };
  usage_request: Usage;
  debug_request: DebugReply;
}

/** The content of a `usage_reply`, with the fields that ipykernel sends. Memory is in bytes, processor time in percent. */
export interface Usage {
  hostname: string;
  pid: number;
  /** Of one processor, since the last request. */
  kernel_cpu: number;
  /** Resident memory of the kernel and its processes. */
  kernel_memory: number;
  cpu_count: number;
  /** Of all processors, since the last request. */
  host_cpu_percent: number;
  host_virtual_memory: { total: number; available: number; free: number; used: number; percent: number };
}

/** A refusal in the words of the Debug Adapter Protocol, which debug messages carry. */
export interface DebugReply {
  type: 'response';
  request_seq: number;
  seq: number;
  success: false;
  command: string;
  message: string;
  body: object;
}
