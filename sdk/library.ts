/** The system tool and what builds around it, for others: `virtbook/sdk`. */
export { buildSystem, type BuildSystemRequest, type BuildSystemResult } from './build/project.js';
export { DiagnosticError, formatDiagnostic, type Diagnostic } from './diagnostic.js';
export type { GuestRecipe } from './guest/guest.js';
export * from './tool/index.js';
