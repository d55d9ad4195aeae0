import * as L from '../layout.js';
import { Value, i32, i64 } from '../value.js';
import { InlineHandler } from './builder.js';

/** The parts of the main function that belong to no instruction: following jumps, counting visits, entering regions. */
export class MainTail extends InlineHandler {
  private local(index: number, type: 'i32' | 'i64' = 'i32'): Value {
    return new Value(type, (code) => code.localGet(index));
  }

  private set(index: number, value: Value): void {
    value.write(this.code);
    this.code.localSet(index);
  }

  /** One more visit of the operation; the visit that makes it hot tells the translator. */
  countVisit(hotspot: number): void {
    const threshold = this.let(this.cell('i32.load', L.HEAT_THRESHOLD));
    this.if(threshold, () => {
      const counter = this.let(this.shrU(this.and(this.ip(), i32(L.HEAT_MASK)), i32(2)));
      const visits = this.let(this.add(this.peek('i32.load', counter, L.HEAT), i32(1)));
      this.poke('i32.store', counter, visits, L.HEAT);
      this.if(this.eq(visits, threshold), () => {
        this.ip().write(this.code);
        this.code.call(hotspot);
      });
    });
  }

  /**
   * Runs the region that begins at this operation, unless the slice ends inside its first block: then the operation's
   * own handler goes on, and so does each after it, until the slice is over on its very instruction.
   */
  enterRegion(handlerLocal: number, dispatch: number, regionType: number): void {
    const { remainingLocal, targetLocal } = this.labels;
    const ops = this.cell('i32.load', L.PAGE_OPS);
    const entry = this.let(this.add(ops, this.shrU(this.sub(this.ip(), ops), i32(1))));
    const interpret = (): void => {
      this.set(handlerLocal, this.peek('i32.load16_u', entry, L.OPS_ENTRIES + L.ENTRY_HANDLER));
      this.goTo(dispatch);
    };
    const left = this.let(this.add(this.local(remainingLocal), i32(1)));
    this.if(this.ltU(left, this.peek('i32.load16_u', entry, L.OPS_ENTRIES + L.ENTRY_COST)), interpret);
    this.setCell('i32.store', L.REMAINING, left);
    const next = this.let(
      new Value('i32', (code) => {
        this.peek('i32.load', entry, L.OPS_ENTRIES + L.ENTRY_SLOT).write(code);
        code.byte(0x11).unsigned(regionType).byte(0);
      }),
    );
    this.set(remainingLocal, this.cell('i32.load', L.REMAINING));
    this.if(this.eq(next, i32(L.REGION_JUMP)), () => {
      this.set(targetLocal, this.cell('i64.load', L.PC));
      this.goTo(this.labels.jump);
    });
    this.if(this.eqz(this.and(next, i32(L.REGION_INTERPRET))), () => {
      this.set(this.ipLocal, next);
      this.goTo(this.labels.head);
    });
    // One instruction that the region leaves to the interpreter, even if a region begins with it.
    this.set(this.ipLocal, this.and(next, i32(~L.REGION_INTERPRET)));
    this.if(this.eqz(this.local(remainingLocal)), () => this.goTo(this.labels.next));
    this.set(remainingLocal, this.sub(this.local(remainingLocal), i32(1)));
    this.set(handlerLocal, this.peek('i32.load16_u', this.ip(), L.OP_HANDLER));
    this.if(this.ne(this.local(handlerLocal), i32(L.HANDLER_TRANSLATED)), () => this.goTo(dispatch));
    const bailed = this.let(this.add(ops, this.shrU(this.sub(this.ip(), ops), i32(1))));
    this.set(handlerLocal, this.peek('i32.load16_u', bailed, L.OPS_ENTRIES + L.ENTRY_HANDLER));
    this.goTo(dispatch);
  }

  /** Continues at the target: in this page, in one that the TLB knows, or by the runtime's `fetch`. */
  followJump(): void {
    const to = this.local(this.labels.targetLocal, 'i64');
    const page = this.let(this.and(to, i64(~0xffcn)));
    const enter = (ops: Value): void => {
      this.set(this.ipLocal, this.add(ops, this.shl(this.and(this.wrap(to), i32(0xffc)), i32(2))));
      this.goTo(this.labels.head);
    };
    this.if(this.eq(page, this.cell('i64.load', L.PAGE_VA)), () => enter(this.cell('i32.load', L.PAGE_OPS)));
    const line = this.let(this.tlbLine(to));
    this.if(this.eq(this.peek('i64.load', line, L.TLB_FETCH + L.LINE_TAG), page), () => {
      const ops = this.let(this.peek('i32.load', line, L.TLB_FETCH + L.LINE_ADDEND));
      this.setCell('i64.store', L.PAGE_VA, page);
      this.setCell('i32.store', L.PAGE_OPS, ops);
      enter(ops);
    });
    this.setCell('i64.store', L.PC, to);
    this.setCell('i32.store', L.REMAINING, this.local(this.labels.remainingLocal));
    this.leave();
  }
}
