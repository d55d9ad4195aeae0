/** What a machine's server and its owner need of the thread between them, or of whatever else joins them. */
import type { MachineEvent, MachineRequest } from './protocol.js';

/** One end of a channel. Messages arrive in order; none is lost. */
interface Port<Out, In> {
  /** `transfer`: buffers of the message that go over to the other side, and are not copied. */
  send(message: Out, transfer?: readonly ArrayBuffer[]): void;
  /** Names who takes what comes, to be called once. What came before waits. */
  receive(listener: (message: In) => void): void;
}

/** The machine's end. */
export interface ServerPort extends Port<MachineEvent, MachineRequest> {
  /** Calls `action` after so many milliseconds, and after the messages that have come until then. */
  schedule(action: () => void, milliseconds: number): void;
}

/** The owner's end. */
export interface OwnerPort extends Port<MachineRequest, MachineEvent> {
  /** The other side reads and writes files. */
  readonly hasFiles: boolean;
  /** Names who hears that the other side is gone. `message`: why, for people. */
  ended(listener: (message: string) => void): void;
  /** Ends the other side. */
  close(): Promise<void>;
}
