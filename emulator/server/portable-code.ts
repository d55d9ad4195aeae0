/** Code that any engine can execute, where it is of the same build: who has made it says so. */
export const portableMaker = (build: string): string => `${build} for any engine`;
