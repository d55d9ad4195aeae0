/** Two memory regions whose addresses go into each other's variables, by the names that all four have. */
import type { Diagnostic } from '../../sdk/diagnostic.js';
import { Complainer } from '../../sdk/tool/complaint.js';
import type { Position } from '../../sdk/tool/source.js';
import type { SystemDescription } from '../../sdk/tool/model.js';
import { addressVariables } from './domain-facts.js';

/** A variable that gets the address of a region. */
interface Setting {
  variable: string;
  region: string;
  at: Position;
}

/** Each program then reads what it writes itself, and nobody gets anything: there is neither a fault nor an error. */
export function warnOfExchangedAddresses(system: SystemDescription): Diagnostic[] {
  const complainer = new Complainer(system.source);
  return system.protectionDomains.flatMap((domain) => {
    const settings = addressVariables(domain).map(({ variable, map, at }): Setting => ({ variable, region: map.region, at }));
    return settings.flatMap((one, index) =>
      settings
        .slice(index + 1)
        .filter((other) => areExchanged(one, other))
        .map((other) =>
          complainer.diagnostic(
            'warning',
            `'${domain.name}' gets the address of '${one.region}' in ${one.variable}, and that of '${other.region}' in ${other.variable}`,
            one.at,
            `by their names, it is the other way round: write setvar_vaddr="${other.variable}" on the <map> of '${one.region}', and setvar_vaddr="${one.variable}" on that of '${other.region}'`,
          ),
        ),
    );
  });
}

const areExchanged = (one: Setting, other: Setting): boolean =>
  one.region !== other.region &&
  names(one.variable, other.region) &&
  names(other.variable, one.region) &&
  !names(one.variable, one.region) &&
  !names(other.variable, other.region);

/** Such as `text_vaddr`, which names the region `text`. */
const names = (variable: string, region: string): boolean => `_${variable}_`.toLowerCase().includes(`_${region}_`.toLowerCase());
