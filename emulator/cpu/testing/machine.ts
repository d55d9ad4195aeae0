import { loadCoreModules } from '../../host-node/core-modules.js';
import { Processor } from '../processor.js';
import type { ProcessorBus } from '../processor-interfaces.js';
import type { TranslationService } from '../translator/service.js';
import { toBytes } from './assembler.js';

export const RAM = 0x40000000;
const modules = loadCoreModules();

export interface BareOptions {
  hypervisor?: boolean;
  bus?: Partial<ProcessorBus>;
  ramSize?: number;
  processors?: number;
  /** Visits before code is translated, at once and by itself; 0, never, unless given. */
  threshold?: number;
  /** Who translates; at once, in this thread, unless given. */
  service?: TranslationService;
}

/** A processor with RAM and, unless told otherwise, nothing on its bus, with a program at the start of RAM. */
export function bareProcessor(program: readonly number[], options: BareOptions = {}): Processor {
  const bus: ProcessorBus = { read: () => -1, write: () => false, timerOutput: () => undefined, ...options.bus };
  const processor = new Processor(modules, bus, options.ramSize ?? 4 << 20, {
    hypervisor: options.hypervisor ?? true,
    ...(options.processors && { processors: options.processors }),
    translation: { threshold: options.threshold ?? 0, batch: 1, patience: 0 },
    ...(options.service && { service: options.service }),
  });
  processor.write(RAM, toBytes(program));
  return processor;
}

/** Runs so many instructions, however many slices it takes. */
export function runFor(processor: Processor, instructions: number, start = 0): number {
  let now = start;
  while (now < start + instructions) {
    const { executed, reason } = processor.run(now, start + instructions - now);
    now += executed;
    if (reason !== 'budget') break;
  }
  return now;
}

/** Runs so many instructions in slices of a length: what has become hot in one is translated before the next. */
export function runSliced(processor: Processor, instructions: number, length = 100): void {
  for (let now = 0; now < instructions;) now += processor.run(now, Math.min(length, instructions - now)).executed;
}
