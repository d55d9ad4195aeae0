import * as L from '../layout.js';
import { Value, i32, i64 } from '../value.js';
import { InlineHandler } from './builder.js';

/**
 * The parts of the main function that belong to no instruction: fetching, decoding, following jumps, counting visits,
 * entering regions.
 */
export class MainParts extends InlineHandler {
  private local(index: number, type: 'i32' | 'i64' = 'i32'): Value {
    return new Value(type, (code) => code.localGet(index));
  }

  private set(index: number, value: Value): void {
    value.write(this.code);
    this.code.localSet(index);
  }

  /** Opens the loops `refetch` and `next`, and reads the handler of the next operation. Returns when the slice is over. */
  enter(hotspot: number, handlerLocal: number): void {
    const { code, ipLocal } = this;
    const { remainingLocal } = this.labels;
    code.loop(); // refetch
    code.call(this.links.runtime.get('fetch')!).localSet(ipLocal);
    code.localGet(ipLocal).byte(0x45).if().return().end();
    this.set(remainingLocal, this.cell('i32.load', L.REMAINING));
    this.countVisit(hotspot);
    code.loop(); // next
    // The slice is over: leave the program counter where the next instruction is.
    code.localGet(remainingLocal).byte(0x45).if();
    this.setCell('i32.store', L.REMAINING, i32(0));
    this.setCell('i64.store', L.PC, this.pc());
    code.return().end();
    this.set(remainingLocal, this.sub(this.local(remainingLocal), i32(1)));
    this.set(handlerLocal, this.peek('i32.load16_u', this.ip(), L.OP_HANDLER));
  }

  /** The operation was no instruction of the guest. */
  giveBack(): void {
    const { remainingLocal } = this.labels;
    this.set(remainingLocal, this.add(this.local(remainingLocal), i32(1)));
  }

  /** Decodes the operation and executes it, unless it is a breakpoint, which leaves nothing of the slice. */
  decodeOperation(decode: number): void {
    const { remainingLocal } = this.labels;
    this.giveBack();
    this.setCell('i32.store', L.REMAINING, this.local(remainingLocal));
    this.leaveIf(new Value('i32', (code) => code.localGet(this.ipLocal).call(decode)));
    this.goTo(this.labels.next);
  }

  /** The operation after the last one of a page. */
  goToNextPage(): void {
    this.giveBack();
    this.set(this.labels.targetLocal, this.add(this.cell('i64.load', L.PAGE_VA), i64(0x1000n)));
    this.goTo(this.labels.jump);
  }

  /** Calls the function of a handler; those inside the main function come before it, so many. */
  callHandler(handlerLocal: number, inside: number, type: number): void {
    this.setCell('i32.store', L.IP, this.ip());
    this.setCell('i32.store', L.REMAINING, this.local(this.labels.remainingLocal));
    this.leaveIf(
      new Value('i32', (code) => {
        code.localGet(this.ipLocal);
        code.localGet(handlerLocal).i32Const(inside).byte(0x6b);
        code.byte(0x11).unsigned(type).byte(0);
      }),
    );
  }

  /** Fetches again where the call answers that it must; else takes back what is left of the slice. */
  private leaveIf(call: Value): void {
    this.if(call, () => this.goTo(this.labels.refetch));
    this.set(this.labels.remainingLocal, this.cell('i32.load', L.REMAINING));
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
