/** The gateway's file server (TFTP, RFC 1350), which has no files: firmware that looks for some is told at once, as by QEMU's. */
import { concat, latin1, read16, utf8, write16 } from './bytes.js';

export const TFTP_PORT = 69;

const READ_REQUEST = 1;
const ERROR = 5;
const ACCESS_VIOLATION = 2;

/** The refusal of a read request; undefined for what is none. */
export function refuseTransfer(request: Uint8Array): Uint8Array | undefined {
  // Opcode, file name, zero, mode, zero.
  if (request.length < 2 || read16(request, 0) !== READ_REQUEST) return undefined;
  if (!/^[^\0]+\0octet\0/i.test(latin1(request.subarray(2)))) return undefined;
  const header = new Uint8Array(4);
  write16(header, 0, ERROR);
  write16(header, 2, ACCESS_VIOLATION);
  return concat(header, utf8('Access violation\0'));
}
