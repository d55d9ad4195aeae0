export type { ArchiveRequest, CompileRequest, LinkRequest, Toolchain } from './toolchain.js';
export { FREESTANDING } from './toolchain.js';
export { findToolchain, type FindOptions } from './find.js';
