/** The two ends of an Ethernet link inside the machine: a network card on one, a network on the other. */
export interface EthernetNetwork {
  /** A whole frame without its check sequence, as the card sent it. The bytes belong to the callee. */
  transmit(frame: Uint8Array): void;
  /** Set by the card: called with each frame for the guest. */
  receive: (frame: Uint8Array) => void;
}

/** As the guest sees it: its card sends or receives a frame. */
export type FrameDirection = 'sent' | 'received';
