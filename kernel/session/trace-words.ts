/** seL4's and the architecture's names of what is numbers in registers. */
import type { RunEvent } from '../../emulator/debug/observation.js';

/** Exception classes (DDI 0487, ESR_ELx.EC). */
export const SVC = 0x15;
/** First use of vector registers: it is how a kernel learns who needs them. */
export const FIRST_VECTOR_USE = 0x07;
const INSTRUCTION_ABORT = 0x20;
const DATA_ABORT = 0x24;
const CLASS: Record<number, string> = {
  0x00: 'undefined instruction',
  0x01: 'WFI',
  0x07: 'first use of vector registers',
  0x15: 'SVC',
  0x16: 'HVC',
  0x17: 'SMC',
  0x18: 'system register',
  0x20: 'instruction abort',
  0x21: 'instruction abort',
  0x22: 'PC alignment',
  0x24: 'data abort',
  0x25: 'data abort',
  0x26: 'SP alignment',
  0x3c: 'breakpoint',
};

/** System calls of seL4 (MCS), by X7. */
export const SYSTEM_CALL: Record<string, string | undefined> = {
  '-1': 'seL4_Call',
  '-2': 'seL4_ReplyRecv',
  '-3': 'seL4_NBSendRecv',
  '-4': 'seL4_NBSendWait',
  '-5': 'seL4_Send',
  '-6': 'seL4_NBSend',
  '-7': 'seL4_Recv',
  '-8': 'seL4_NBRecv',
  '-9': 'seL4_Wait',
  '-10': 'seL4_NBWait',
  '-11': 'seL4_Yield',
  '-12': 'seL4_DebugPutChar',
  '-13': 'seL4_DebugDumpScheduler',
  '-14': 'seL4_DebugHalt',
  '-15': 'seL4_DebugCapIdentify',
  '-16': 'seL4_DebugSnapshot',
  '-17': 'seL4_DebugNameThread',
};

/** Labels of invocations, as `sel4/invocations.h` of the embedded SDK has them. */
const INVOCATIONS: ReadonlyMap<number, string> = new Map([
  [2, 'TCBReadRegisters'],
  [3, 'TCBWriteRegisters'],
  [4, 'TCBCopyRegisters'],
  [6, 'TCBSetPriority'],
  [7, 'TCBSetMCPriority'],
  [8, 'TCBSetSchedParams'],
  [12, 'TCBSuspend'],
  [13, 'TCBResume'],
  [14, 'TCBBindNotification'],
  [15, 'TCBUnbindNotification'],
  [16, 'TCBSetTLSBase'],
  [17, 'TCBSetFlags'],
  [26, 'IRQAckIRQ'],
  [30, 'DomainScheduleSetStart'],
  [31, 'SchedContextBind'],
  [32, 'SchedContextUnbind'],
  [33, 'SchedContextUnbindObject'],
  [34, 'SchedContextConsumed'],
  [35, 'SchedContextYieldTo'],
  [36, 'ARMVSpaceClean_Data'],
  [37, 'ARMVSpaceInvalidate_Data'],
  [38, 'ARMVSpaceCleanInvalidate_Data'],
  [39, 'ARMVSpaceUnify_Instruction'],
  [40, 'ARMSMCCall'],
  [53, 'ARMVCPUInjectIRQ'],
  [54, 'ARMVCPUReadReg'],
  [55, 'ARMVCPUWriteReg'],
  [56, 'ARMVCPUAckVPPI'],
]);

/** @param known what labels mean to the kernel, where it is not the embedded one */
export const invocationName = (label: number, known: ReadonlyMap<number, string> = INVOCATIONS): string =>
  known.get(label) ?? `invocation ${label}`;

/** Private interrupts of the processor; others are known by their numbers. */
const INTERRUPT: Record<number, string> = {
  25: 'GIC maintenance',
  26: 'hypervisor timer',
  27: 'virtual timer',
  29: 'secure timer',
  30: 'physical timer',
};

export function describeInterrupt(number: number | undefined): string {
  if (number === undefined) return 'interrupt';
  return INTERRUPT[number] ? `interrupt ${number}, ${INTERRUPT[number]}` : `interrupt ${number}`;
}

/** `guest`: the address is the guest's physical one, which HPFAR_EL2 has; a domain's is what FAR_EL2 says. */
export function describeTrap({ syndrome, address, page, registers }: RunEvent & { kind: 'exception' }, guest: boolean): string {
  const code = syndrome >>> 26;
  const name = CLASS[code] ?? `exception class 0x${code.toString(16)}`;
  if (code === 0x16 || code === 0x17) return `${name} 0x${BigInt.asUintN(32, registers[0] ?? 0n).toString(16)}`;
  // ISS of WFx: bit 0 says which.
  if (code === 0x01 && syndrome & 1) return 'WFE';
  const access = accessKind(syndrome);
  return access ? `${name}, ${access} 0x${touched({ address, page }, guest).toString(16)}` : name;
}

/** What an abort tried to do, and where; undefined of other exceptions. */
export function accessOf(
  { syndrome, address, page }: Pick<RunEvent & { kind: 'exception' }, 'syndrome' | 'address' | 'page'>,
  guest: boolean,
): { access: 'read' | 'write' | 'execute'; address: number; exactAddress: bigint } | undefined {
  const access = accessKind(syndrome);
  const exactAddress = touched({ address, page }, guest);
  return access && { access, address: Number(exactAddress), exactAddress };
}

function accessKind(syndrome: number): 'read' | 'write' | 'execute' | undefined {
  const code = syndrome >>> 26;
  if (code === INSTRUCTION_ABORT) return 'execute';
  if (code !== DATA_ABORT) return undefined;
  return syndrome & 0x40 ? 'write' : 'read';
}

const touched = ({ address, page }: Pick<RunEvent & { kind: 'exception' }, 'address' | 'page'>, guest: boolean): bigint =>
  guest ? ((page & 0xf_ffff_fff0n) << 8n) | (address & 0xfffn) : address;
