/** The monitor's report of a fault that nobody handles, as it is on the console (`sdk/monitor/report.c`, and a real SDK's). */

export interface FaultReport {
  /** The protection domain that is stopped. */
  domain: string;
  /** The last line of the console before it. */
  before: string | undefined;
  kind: 'memory' | 'exception' | 'capability' | 'system call' | 'system register' | 'other';
  registers: ReadonlyMap<string, bigint>;
  /** Program counter. */
  pc: bigint;
  /** Of a memory fault: the virtual address, and ESR_EL2 (DDI 0487, ISS encoding for an exception from a Data Abort). */
  address?: bigint | undefined;
  syndrome?: number | undefined;
  /** Of a memory fault: there is no code to execute at the address. */
  instruction: boolean;
}

/** The label of the fault's message; 2: seL4_Fault_UnknownSyscall. */
const MESSAGE = /MON\|ERROR: received message (0x[0-9a-f]+)/;
const UNKNOWN_SYSCALL = 2;
const START = /MON\|ERROR: faulting PD: (.*)/;
const REGISTER = /^(pc|sp|spsr|x\d+|tpidr_el0|tpidrro_el0) ?: +(0x[0-9a-f]+)$/;
const MEMORY_FAULT = /MON\|ERROR: VMFault: ip=(0x[0-9a-f]+) +fault_addr=(0x[0-9a-f]+) +fsr=(0x[0-9a-f]+) +\((instruction|data) fault\)/;
const CAPABILITY_FAULT = /MON\|ERROR: CapFault: ip=(0x[0-9a-f]+)/;

/** Every report in a console's text, colours taken off, in order. */
export function readFaultReports(text: string): FaultReport[] {
  const reports: FaultReport[] = [];
  let report: { domain: string; before: string | undefined; label: number; lines: string[] } | undefined;
  let label = 0;
  let before: string | undefined;
  const end = (): void => {
    const read = report && readReport(report);
    if (read) reports.push(read);
  };
  for (const raw of text.split('\n')) {
    const line = raw.trimEnd();
    label = Number(MESSAGE.exec(line)?.[1] ?? label);
    const domain = START.exec(line)?.[1];
    if (domain !== undefined) {
      end();
      report = { domain, before, label, lines: [] };
    } else report?.lines.push(line);
    if (line !== '' && !line.startsWith('MON|')) before = line;
  }
  end();
  return reports;
}

function readRegisters(lines: readonly string[]): Map<string, bigint> {
  const registers = new Map<string, bigint>();
  for (const line of lines) {
    const [, name, value] = REGISTER.exec(line) ?? [];
    if (name !== undefined && value !== undefined && !registers.has(name)) registers.set(name, BigInt(value));
  }
  return registers;
}

function readReport({
  domain,
  before,
  label,
  lines,
}: {
  domain: string;
  before: string | undefined;
  label: number;
  lines: readonly string[];
}): FaultReport | undefined {
  const registers = readRegisters(lines);
  const whole = lines.join('\n');
  const [, ip = '0x0', address = '0x0', syndrome = '0x0', way] = MEMORY_FAULT.exec(whole) ?? [];
  if (way !== undefined) {
    return {
      ...{ domain, before, registers, kind: 'memory', pc: BigInt(ip), address: BigInt(address) },
      ...{ syndrome: Number(BigInt.asUintN(32, BigInt(syndrome))), instruction: way === 'instruction' },
    };
  }
  const pc = CAPABILITY_FAULT.exec(whole)?.[1];
  const at = pc === undefined ? registers.get('pc') : BigInt(pc);
  // A report that is cut off says too little.
  if (at === undefined) return undefined;
  return { domain, before, registers, kind: pc === undefined ? kindOf(whole, label) : 'capability', pc: at, instruction: false };
}

function kindOf(text: string, label: number): FaultReport['kind'] {
  if (text.includes('MON|ERROR: UserException')) return 'exception';
  if (text.includes('MON|ERROR: received vCPU fault')) return 'system register';
  return label === UNKNOWN_SYSCALL ? 'system call' : 'other';
}
