import { existsSync, readFileSync } from 'node:fs';
import { ProgramTypes } from '../../formats/dwarf-types.js';
import { readElfSections } from '../../formats/elf-sections.js';

export const typesIn = (program: Uint8Array): ProgramTypes => new ProgramTypes(readElfSections(program)?.sections ?? new Map());

/** Of the program in a file; undefined where there is none. */
export const typesOfFile = (path: string): ProgramTypes | undefined => (existsSync(path) ? typesIn(readFileSync(path)) : undefined);
