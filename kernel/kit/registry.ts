import { nearest, UserError } from '../session/user-error.js';
import { formOf, type Magic, type MagicList, signOf } from './magic.js';

/** All magics, by name. */
export class Registry implements MagicList {
  private magics: readonly Magic[];

  constructor(magics: readonly Magic[]) {
    this.magics = magics;
  }

  /**
   * Adds the magics of a kit. They are listed after the magic that they name, or at the end.
   * @throws UserError when one has the name of a magic that is there, in which case none is added
   */
  add(added: readonly Magic[]): void {
    const all = [...this.magics];
    // Those that name the same magic keep their order.
    for (const magic of added.toReversed()) {
      if (all.some(({ name }) => name === magic.name)) {
        throw new UserError(
          'MagicError',
          `the kit brings a magic ${signOf(magic)}, but there is one of this name`,
          'Give the magic of the kit another name.',
        );
      }
      const before = all.findIndex(({ name }) => name === magic.listedAfter);
      all.splice(before < 0 ? this.magics.length : before + 1, 0, magic);
    }
    this.magics = all;
  }

  all(): Magic[] {
    return [...this.magics];
  }

  find(name: string): Magic | undefined {
    return this.magics.find((magic) => magic.name === name);
  }

  require(sign: '%' | '%%', name: string): Magic {
    const magic = this.find(name);
    if (!magic) {
      const suggestion = nearest(
        name,
        this.magics.map((known) => known.name),
      );
      const found = suggestion === undefined ? undefined : this.find(suggestion);
      throw new UserError(
        'MagicError',
        `there is no magic ${sign}${name}`,
        found ? `Did you mean ${signOf(found)}? %lsmagic lists them all.` : '%lsmagic lists them all.',
      );
    }
    const form = formOf(magic, sign);
    if (form) return form;
    if (sign === '%%') throw new UserError('MagicError', `%%${name}: this magic takes its line only`, `Write %${name}.`);
    throw new UserError(
      'MagicError',
      `%${name} needs the whole cell`,
      `Write %%${name} in the first line, and the text in the lines under it.`,
    );
  }
}
