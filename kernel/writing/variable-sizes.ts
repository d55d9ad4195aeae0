/** Variables that the system tool fills in, and that have not the size of an address. */
import type { Diagnostic } from '../../sdk/diagnostic.js';
import { Complainer } from '../../sdk/tool/complaint.js';
import type { SystemDescription } from '../../sdk/tool/model.js';
import type { SymbolTable } from '../../sdk/tool/symbols.js';

/** What the tool writes: an address, a size or a number, always of this many bytes. */
const WRITTEN = 8;

/** @param symbolsOf the names in the program of a protection domain, as it was built */
export function warnOfVariableSizes(system: SystemDescription, symbolsOf: (domain: string) => SymbolTable | undefined): Diagnostic[] {
  const complainer = new Complainer(system.source);
  return system.protectionDomains.flatMap(({ name, setVariables }) =>
    setVariables.flatMap(({ symbol, at }) => {
      const size = symbolsOf(name)?.find(symbol)[0]?.size ?? 0;
      if (size === 0 || size === WRITTEN) return [];
      const what =
        size < WRITTEN
          ? `'${symbol}' of '${name}' has ${size} bytes, and ${WRITTEN} are written into it: they overwrite what is next to it in memory`
          : `'${symbol}' of '${name}' has ${size} bytes, and the address is written into its first ${WRITTEN}: it is no pointer to the region`;
      return [complainer.diagnostic('warning', what, at, `declare it as uintptr_t ${symbol}; (8 bytes)`)];
    }),
  );
}
