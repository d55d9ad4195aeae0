export type { ArchiveRequest, CompileRequest, LinkRequest, Toolchain } from './toolchain.js';
export { FREESTANDING, ToolchainError } from './toolchain.js';
export { findToolchain, type FindOptions } from './find.js';
