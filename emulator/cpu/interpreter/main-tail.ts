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

  /** What the translator noted beside an operation. */
  private entryOf(ip: Value): Value {
    const ops = this.cell('i32.load', L.PAGE_OPS);
    return this.let(this.add(ops, this.shrU(this.sub(ip, ops), i32(1))));
  }

  /** Executes the operation by `handler`, where the slice has an instruction left. */
  private interpret(handlerLocal: number, dispatch: number, handler: Value): void {
    const { remainingLocal, next } = this.labels;
    this.if(this.eqz(this.local(remainingLocal)), () => this.goTo(next));
    this.set(remainingLocal, this.sub(this.local(remainingLocal), i32(1)));
    this.set(handlerLocal, handler);
    this.goTo(dispatch);
  }

  /**
   * Where jumps arrive, inside a loop at depth `again`: regions run one after the other, and everything else is
   * counted and interpreted. A region whose first block would not fit into the slice is interpreted, too, so that the
   * slice is over on its very instruction.
   */
  atHead(hotspot: number, handlerLocal: number, dispatch: number, again: number, regionType: number): void {
    const { remainingLocal, targetLocal } = this.labels;
    this.if(this.ne(this.peek('i32.load16_u', this.ip(), L.OP_HANDLER), i32(L.HANDLER_TRANSLATED)), () => {
      this.countVisit(hotspot);
      this.goTo(this.labels.next);
    });
    const entry = this.entryOf(this.ip());
    this.if(this.ltU(this.local(remainingLocal), this.peek('i32.load16_u', entry, L.OPS_ENTRIES + L.ENTRY_COST)), () =>
      this.interpret(handlerLocal, dispatch, this.peek('i32.load16_u', entry, L.OPS_ENTRIES + L.ENTRY_HANDLER)),
    );
    const slot = this.let(this.peek('i32.load', entry, L.OPS_ENTRIES + L.ENTRY_SLOT));
    this.poke('i32.store8', slot, i32(1), L.REGION_USED);
    this.setCell('i32.store', L.REMAINING, this.local(remainingLocal));
    const position = this.shrU(this.sub(this.ip(), this.cell('i32.load', L.PAGE_OPS)), i32(4));
    const answer = this.let(
      new Value('i32', (code) => {
        position.write(code);
        slot.write(code);
        code.byte(0x11).unsigned(regionType).byte(0);
      }),
    );
    this.set(remainingLocal, this.cell('i32.load', L.REMAINING));
    this.if(this.eq(answer, i32(L.REGION_JUMP)), () => {
      this.set(targetLocal, this.cell('i64.load', L.PC));
      this.followJump(again);
    });
    this.set(this.ipLocal, this.add(this.cell('i32.load', L.PAGE_OPS), this.and(answer, i32(~L.REGION_INTERPRET))));
    this.if(this.eqz(this.and(answer, i32(L.REGION_INTERPRET))), () => this.goTo(again));
    // One instruction that the region leaves to the interpreter, even if a region begins with it.
    const handler = this.let(this.peek('i32.load16_u', this.ip(), L.OP_HANDLER));
    this.if(this.ne(handler, i32(L.HANDLER_TRANSLATED)), () => this.interpret(handlerLocal, dispatch, handler));
    const bailed = this.entryOf(this.ip());
    this.interpret(handlerLocal, dispatch, this.peek('i32.load16_u', bailed, L.OPS_ENTRIES + L.ENTRY_HANDLER));
  }

  /** Continues at the target: in this page, in one that the TLB knows (then at `arrived`), or by the runtime's `fetch`. */
  followJump(arrived: number): void {
    const to = this.local(this.labels.targetLocal, 'i64');
    const page = this.let(this.and(to, i64(~0xffcn)));
    const enter = (ops: Value): void => {
      this.set(this.ipLocal, this.add(ops, this.shl(this.and(this.wrap(to), i32(0xffc)), i32(2))));
      this.goTo(arrived);
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
