import type { Observed } from '../../emulator/debug/observation.js';
import type { BuiltSystem } from './built-system.js';
import type { Profile, Share } from './profile-model.js';
import { whereabouts } from './whereabouts.js';

const byCount = (a: Share, b: Share): number => b.count - a.count || (a.who < b.who ? -1 : 1);

export function profileOf(system: BuiltSystem, { from, to, samples }: Observed): Profile {
  const domains = new Map<string, Share>();
  const symbols = new Map<string, Share & { symbol: string }>();
  for (const sample of samples) {
    const { count } = sample;
    const { who: name, level, symbol: known } = whereabouts(system, sample);
    const who = level ? `${name} (${level})` : name;
    const symbol = known ?? (level === 'EL1' ? '(its kernel)' : level === 'EL0' ? '(its processes)' : '(no name)');
    add(domains, who, { who, count });
    if (name !== 'idle') add(symbols, `${who} ${symbol}`, { who, symbol, count });
  }
  return {
    time: to - from,
    samples: samples.reduce((sum, { count }) => sum + count, 0),
    domains: [...domains.values()].sort(byCount),
    symbols: [...symbols.values()].sort((a, b) => b.count - a.count || (`${a.who} ${a.symbol}` < `${b.who} ${b.symbol}` ? -1 : 1)),
  };
}

function add<T extends Share>(shares: Map<string, T>, key: string, share: T): void {
  const known = shares.get(key);
  if (known) known.count += share.count;
  else shares.set(key, share);
}
