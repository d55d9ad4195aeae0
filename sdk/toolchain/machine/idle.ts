/** Ends something that nobody has used for a while. */
export class Idle {
  private users = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** @param milliseconds without a user after which `end` is called */
  constructor(
    private readonly milliseconds: number,
    private readonly end: () => void,
  ) {}

  get isUsed(): boolean {
    return this.users > 0;
  }

  /** Somebody uses it from here on, or does no more. The timer itself keeps no process alive. */
  used(begins: boolean): void {
    this.users += begins ? 1 : -1;
    clearTimeout(this.timer);
    if (this.isUsed) return;
    this.timer = setTimeout(this.end, this.milliseconds);
    // Node's timers are objects.
    (this.timer as unknown as { unref?: () => void }).unref?.();
  }
}
