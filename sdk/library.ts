/**
 * The SDK, for others: `virtbook/sdk`.
 *
 * - `readSystem(text, file)` reads a system description and checks it; `programImages` says which programs it needs.
 * - `buildImage({ system, sdk, board, config, findImage })` makes `loader.img` and the report of a description and programs
 *   that are there already. It reads the SDK's own programs below `sdk`, and nothing else.
 * - `buildSystem({ systemFile, sourceDirs, outputDir, config, guest })` does all of it from C sources, and again only what has
 *   changed. It may have to bring a compiler, and Linux for a `guest`.
 * - `ensureSdk()` gives the embedded SDK's folder.
 *
 * What is wrong with what was written is a `DiagnosticError`, with file, line, column and hint of each mistake.
 */
export { buildSystem, type BuildSystemRequest, type BuildSystemResult } from './build/project.js';
export { BOARD, type Config } from './build/components.js';
export { ensureSdk, SdkError, type SdkOptions } from './build/sdk.js';
export { DiagnosticError, formatDiagnostic, type Diagnostic } from './diagnostic.js';
export { AptError } from './guest/apt.js';
export { GuestFileError, type GuestFile, type GuestRecipe } from './guest/guest.js';
export type { OnProgress, ProgressStep, Work } from './progress.js';
export { ToolchainError, type Toolchain } from './toolchain/toolchain.js';
export * from './tool/index.js';
