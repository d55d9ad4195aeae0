/** Load-exclusive, store-exclusive, load-acquire and store-release (DDI 0487 C4.1.88, "Load/store exclusive"). */
import type { MemoryOp } from '../../wasm/opcodes.js';
import type { Builder } from '../builder.js';
import { encoding, field, gpr, gprDest, gprOrSp, type Encoding, type Letter, type OperandRule } from '../encoding.js';
import { EXCLUSIVE_ADDRESS, EXCLUSIVE_VALUE } from '../layout.js';
import { i32, i64, type Value } from '../value.js';

const loads: MemoryOp[] = ['i64.load8_u', 'i64.load16_u', 'i64.load32_u', 'i64.load'];
const stores: MemoryOp[] = ['i64.store8', 'i64.store16', 'i64.store32', 'i64.store'];

/** The monitor is open: no access can match. */
const OPEN = i64(-1n);

const loaded = (letter: Letter): OperandRule => ({
  letter,
  kind: 'gpr',
  encode: (n, f) => (n === 31 && f.L ? gprDest(letter).encode(n, f) : n),
});

/** These instructions fault on addresses that are not a multiple of what they transfer. */
function aligned(b: Builder, address: Value, bytes: number, write: number): void {
  if (bytes === 1) return;
  b.if(b.wrap(b.and(address, i64(BigInt(bytes - 1)))), () => b.raise('raiseAlignment', address, i32(write)));
}

const STORE_EXCLUSIVE =
  'misaligned addresses, which QEMU looks at when the monitor matches; other sizes than the load-exclusive had, which are unpredictable';

export const exclusive: Encoding[] = [
  encoding({
    name: 'LDAR_STLR',
    pattern: 'zz 001000 1 L 0 sssss 1 uuuuu nnnnn ttttt',
    operands: { t: loaded('t'), n: gprOrSp('n') },
    statics: { z: field('z', [0, 1, 2, 3]), L: field('L') },
    hot: true,
    emit: (b, o, { z, L }) => {
      const address = b.x(o.n);
      aligned(b, address, 1 << z, L ? 0 : 1);
      if (L) b.setX(o.t, b.load(loads[z]!, address, 1 << z));
      else b.store(stores[z]!, address, 1 << z, b.x(o.t));
    },
  }),
  encoding({
    name: 'LDXR_LDAXR',
    pattern: 'zz 001000 0 1 0 sssss a uuuuu nnnnn ttttt',
    operands: { t: gprDest('t'), n: gprOrSp('n') },
    statics: { z: field('z', [0, 1, 2, 3]) },
    hot: true,
    emit: (b, o, { z }) => {
      const address = b.x(o.n);
      aligned(b, address, 1 << z, 0);
      const value = b.load(loads[z]!, address, 1 << z);
      b.setCell('i64.store', EXCLUSIVE_ADDRESS, address);
      b.setCell('i64.store', EXCLUSIVE_VALUE, value);
      b.setX(o.t, value);
    },
  }),
  encoding({
    name: 'STXR_STLXR',
    notCompared: STORE_EXCLUSIVE,
    // The store happens if the mark is still there and memory still holds what the load-exclusive saw. When another
    // processor executes in between, it takes the mark away (machine/scheduler.ts), whatever it stores.
    pattern: 'zz 001000 0 0 0 sssss a uuuuu nnnnn ttttt',
    operands: { t: gpr('t'), n: gprOrSp('n'), s: gprDest('s') },
    statics: { z: field('z', [0, 1, 2, 3]) },
    hot: true,
    emit: (b, o, { z }) => {
      const address = b.x(o.n);
      const value = b.x(o.t);
      aligned(b, address, 1 << z, 1);
      const status = b.variable('i64', i64(1n));
      b.if(b.eq(b.cell('i64.load', EXCLUSIVE_ADDRESS), address), () => {
        const now = b.load(loads[z]!, address, 1 << z);
        b.if(b.eq(now, b.cell('i64.load', EXCLUSIVE_VALUE)), () => {
          b.store(stores[z]!, address, 1 << z, value);
          status.set(i64(0n));
        });
      });
      b.setCell('i64.store', EXCLUSIVE_ADDRESS, OPEN);
      b.setX(o.s, status.get());
    },
  }),
  encoding({
    name: 'LDXP_LDAXP',
    pattern: '1z 001000 0 1 1 sssss a uuuuu nnnnn ttttt',
    operands: { t: gprDest('t'), u: gprDest('u'), n: gprOrSp('n') },
    statics: { z: field('z') },
    emit: (b, o, { z }) => {
      const size = z ? 8 : 4;
      const address = b.x(o.n);
      aligned(b, address, 2 * size, 0);
      const host = b.readable(address, 2 * size);
      const first = b.let(b.peek(loads[2 + z]!, host));
      const second = b.let(b.peek(loads[2 + z]!, host, size));
      b.setCell('i64.store', EXCLUSIVE_ADDRESS, address);
      b.setCell('i64.store', EXCLUSIVE_VALUE, first);
      b.setCell('i64.store', EXCLUSIVE_VALUE + 8, second);
      b.setX(o.t, first);
      b.setX(o.u, second);
    },
  }),
  encoding({
    name: 'STXP_STLXP',
    notCompared: STORE_EXCLUSIVE,
    pattern: '1z 001000 0 0 1 sssss a uuuuu nnnnn ttttt',
    operands: { t: gpr('t'), u: gpr('u'), n: gprOrSp('n'), s: gprDest('s') },
    statics: { z: field('z') },
    emit: (b, o, { z }) => {
      const size = z ? 8 : 4;
      const address = b.x(o.n);
      const first = b.x(o.t);
      const second = b.x(o.u);
      aligned(b, address, 2 * size, 1);
      const status = b.variable('i64', i64(1n));
      b.if(b.eq(b.cell('i64.load', EXCLUSIVE_ADDRESS), address), () => {
        const host = b.readable(address, 2 * size);
        const same = b.and(
          b.eq(b.peek(loads[2 + z]!, host), b.cell('i64.load', EXCLUSIVE_VALUE)),
          b.eq(b.peek(loads[2 + z]!, host, size), b.cell('i64.load', EXCLUSIVE_VALUE + 8)),
        );
        b.if(same, () => {
          const op = stores[2 + z]!;
          b.writeGuest(address, 2 * size, [
            { op, offset: 0, value: first },
            { op, offset: size, value: second },
          ]);
          status.set(i64(0n));
        });
      });
      b.setCell('i64.store', EXCLUSIVE_ADDRESS, OPEN);
      b.setX(o.s, status.get());
    },
  }),
];
