/** What a whole run of the benchmark says. */
import { bootReport, peak, ratio, rowName, snapshotReport, type BootResult } from './boot-report.js';
import { companyReport, OURS, type CompanyResult } from './company.js';
import { compilerReport, type CompilerSample } from './compiler.js';
import { GRADING_LIMITS, gradingBounds, gradingReport, type GradingResult } from './grading.js';
import { KERNEL_LIMITS, kernelBounds, kernelReport, type KernelResult } from './kernel-report.js';
import { PAGE_LIMITS, pageBounds, pageReport, type PageResult } from './page.js';
import { leastSpeed, meanSpeed, programReport } from './program-report.js';
import type { ProgramResult } from './program-runs.js';
import { bounds, highest, megabytes, summarise, type Bound } from './report.js';
import type { SnapshotSample } from './snapshot.js';

/** What the project has set itself. Times of boots are in times of QEMU's, speeds of programs in times of QEMU's. */
export const LIMITS = {
  boot: 1.5,
  company: 1.3,
  machineMemory: 330e6,
  linuxMemory: 260e6,
  restoreSeconds: 0.3,
  processorSpeed: 1.5,
  leastSpeed: 0.5,
  systemSpeed: 1,
  processSpeed: 1.5,
  leastProcessSpeed: 0.5,
  compileSeconds: 1.5,
  grading: GRADING_LIMITS,
  kernel: KERNEL_LIMITS,
  page: PAGE_LIMITS,
};

/** Samples of what was run; of the other parts there are none. */
export interface Results {
  boots: BootResult[];
  /** Linux on other lines of Node. */
  nodes: BootResult[];
  company: CompanyResult[];
  snapshots: SnapshotSample[];
  programs: ProgramResult[];
  processes: ProgramResult[];
  compiler: CompilerSample[];
  kernels: KernelResult;
  grading?: GradingResult;
  page?: PageResult;
}

const show = (value: number): string => value.toFixed(2);

/** In times of QEMU's speed. */
function speedBounds(what: string, results: readonly ProgramResult[], mean: number, least?: number): Bound[] {
  if (results.length === 0) return [];
  const speeds = [{ name: `${what}, mean speed in times of QEMU's`, value: meanSpeed(results), limit: mean, atLeast: true, show }];
  if (least !== undefined)
    speeds.push({ name: `${what}, the slowest of them`, value: leastSpeed(results), limit: least, atLeast: true, show });
  return speeds;
}

/** Tables, pictures and bounds, of what was run. */
export function report({ boots, nodes, company, snapshots, programs, processes, compiler, kernels, grading, page }: Results): string {
  const sections: string[] = [];
  const limits: Bound[] = [];
  if (boots.length > 0) {
    sections.push(bootReport(boots));
    for (const boot of boots) limits.push({ name: `${rowName(boot)}, times QEMU`, value: ratio(boot), limit: LIMITS.boot, show });
    limits.push(
      {
        name: 'peak memory of all our processes',
        value: highest(boots.map((boot) => peak(boot.ours))),
        limit: LIMITS.machineMemory,
        show: megabytes,
      },
      {
        name: 'peak memory of the Linux boot',
        value: highest(boots.filter(({ name }) => name.startsWith('Linux')).map((boot) => peak(boot.ours))),
        limit: LIMITS.linuxMemory,
        show: megabytes,
      },
    );
  }
  if (nodes.length > 0) sections.push(bootReport(nodes));
  if (company.length > 0) {
    sections.push(companyReport(company));
    limits.push({
      name: 'each of two machines at once, in times of one alone',
      value: company.find(({ name }) => name === OURS)?.ratio,
      limit: LIMITS.company,
      show,
    });
  }
  if (snapshots.length > 0) {
    sections.push(snapshotReport(snapshots));
    limits.push({
      name: 'part 4 restored and a key answered',
      value: summarise(snapshots.map(({ restoreSeconds }) => restoreSeconds)).median,
      limit: LIMITS.restoreSeconds,
      show: (value) => `${(value * 1000).toFixed(0)} ms`,
    });
  }
  if (programs.length > 0) {
    sections.push(programReport(programs));
    const processor = programs.filter(({ group }) => group !== 'system');
    limits.push(
      ...speedBounds('integer, memory and float', processor, LIMITS.processorSpeed, LIMITS.leastSpeed),
      ...speedBounds(
        'system',
        programs.filter(({ group }) => group === 'system'),
        LIMITS.systemSpeed,
      ),
    );
  }
  if (processes.length > 0) {
    sections.push(programReport(processes, 'as a process of Linux'));
    limits.push(...speedBounds('processes of Linux', processes, LIMITS.processSpeed, LIMITS.leastProcessSpeed));
  }
  if (compiler.length > 0) {
    sections.push(compilerReport(compiler));
    limits.push({
      name: 'a file at -O0, with the warm gcc in a machine',
      value: summarise(compiler.map(({ warm }) => warm)).median,
      limit: LIMITS.compileSeconds,
      show: (value) => `${show(value)} s`,
    });
  }
  if (kernels.own.length > 0) {
    sections.push(kernelReport(kernels));
    limits.push(...kernelBounds(kernels));
  }
  if (grading) {
    sections.push(gradingReport(grading));
    limits.push(...gradingBounds(grading));
  }
  if (page) {
    sections.push(pageReport(page));
    limits.push(...pageBounds(page));
  }
  return [...sections, bounds(limits)].join('\n\n');
}
