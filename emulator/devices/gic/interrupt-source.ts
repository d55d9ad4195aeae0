/**
 * What a CPU interface takes interrupts from: the distributor for the physical one, the list registers for the virtual
 * one. Identifiers are as the interface reports them, without the source processor of a software-generated interrupt.
 */
export interface InterruptSource {
  /** Groups that the source forwards: bit 0 for Group 0, bit 1 for Group 1. */
  readonly enabledGroups: number;
  /** Outcome of the last `select`: an identifier, or 1023. Fields, so that the hot path allocates nothing. */
  readonly bestId: number;
  readonly bestPriority: number;
  /** Finds the pending interrupt of highest priority (lowest value; the lowest identifier among equals). */
  select(): void;
  priority(id: number): number;
  group(id: number): number;
  /** Pending to active. Returns the value for the acknowledge register: the identifier with its source processor. */
  acknowledge(id: number): number;
  /** False when this source cannot have issued `id`: the CPU interface then leaves its own state alone. */
  recognises(id: number): boolean;
  /** Active to inactive. `counted`: tell the hypervisor, if there is one, when `id` is in no list register. */
  deactivate(id: number, counted: boolean): void;
}
