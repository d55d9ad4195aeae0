/** The registers and the memory that a trial begins with. */
import { OFFSET, RECORD, slotAddress } from './layout.js';
import { controlRegister, generalRegister, statusRegister, vectorHalf, type Random } from './state.js';

export function fillRecord(random: Random, slot: number, record: Uint32Array): void {
  record.fill(0);
  for (let i = 0; i < 31; i++) generalRegister(random, record, (OFFSET.x + 8 * i) / 4);
  generalRegister(random, record, OFFSET.sp / 4);
  record[OFFSET.sp / 4]! &= ~15;
  record[OFFSET.fpcr / 4] = controlRegister(random);
  record[OFFSET.fpsr / 4] = statusRegister(random);
  record[OFFSET.nzcv / 4] = random.below(16) << 28;
  generalRegister(random, record, OFFSET.tpidr / 4);
  record[OFFSET.start / 4] = slotAddress(slot);
  for (let i = 0; i < 64; i++) vectorHalf(random, record, OFFSET.v / 4 + 2 * i);
  for (let i = OFFSET.scratch / 4; i < RECORD / 4; i++) record[i] = random.bits32();
}
