/** The system tool: a system description becomes a loader image and a report. */
export { buildImage, type BuildRequest, type BuildResult } from './build.js';
export { microkitMain, type ToolIo } from './cli.js';
export { SystemDescriptionError } from './complaint.js';
export * from './model.js';
export { programImages, readSystem } from './read.js';
export type { Position } from './source.js';
