import { nearest, UserError } from '../session/user-error.js';
import { type Magic, signOf } from './magic.js';

/** All magics, by name. */
export class Registry {
  private readonly magics = new Map<string, Magic>();

  constructor(magics: readonly Magic[]) {
    for (const magic of magics) this.magics.set(magic.name, magic);
  }

  all(): Magic[] {
    return [...this.magics.values()];
  }

  find(name: string): Magic | undefined {
    return this.magics.get(name);
  }

  /** The magic that `sign` + `name` calls; an error with the nearest one otherwise. */
  require(sign: '%' | '%%', name: string): Magic {
    const magic = this.magics.get(name);
    if (!magic) {
      const suggestion = nearest(name, [...this.magics.keys()]);
      const found = suggestion && this.magics.get(suggestion);
      throw new UserError(
        'MagicError',
        `there is no magic ${sign}${name}`,
        found ? `Did you mean ${signOf(found)}? %lsmagic lists them all.` : '%lsmagic lists them all.',
      );
    }
    if (magic.kind === 'cell' && sign === '%') {
      throw new UserError(
        'MagicError',
        `%${name} needs the whole cell`,
        `Write %%${name} in the first line, and the text in the lines under it.`,
      );
    }
    if (magic.kind === 'line' && sign === '%%') {
      throw new UserError('MagicError', `%%${name}: this magic takes its line only`, `Write %${name}.`);
    }
    return magic;
  }
}
