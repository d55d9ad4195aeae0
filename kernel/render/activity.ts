import type { Channel, SystemDescription } from '../../sdk/tool/model.js';
import { domainName } from './system-parts.js';
import type { ChannelActivity } from '../session/trace-model.js';

/** What a trace has seen, at the ends that something went out of. */
export type Activity = readonly ChannelActivity[];

/** What went out of this end, to follow its name; nothing without a trace. */
export function endActivity(system: SystemDescription, own: Channel['ends'][0], activity?: Activity): string {
  if (!activity) return '';
  const name = domainName(system, own.pd);
  const seen = activity.find(({ domain, id }) => domain === name && id === own.id);
  if (!seen) return '';
  const parts = [
    ...(seen.calls ? [`${times(seen.calls, 'call')} in ${duration(seen.callTime)}`] : []),
    ...(seen.notifications ? [times(seen.notifications, 'notification')] : []),
  ];
  return parts.length ? `: ${parts.join(', ')}` : '';
}

/** What went through a channel, as a clause of its own. */
export function channelActivity(system: SystemDescription, { ends }: Channel, activity?: Activity): string {
  if (!activity) return '';
  const said = ends
    .map((end) => ({ name: domainName(system, end.pd), text: endActivity(system, end, activity) }))
    .filter(({ text }) => text)
    .map(({ name, text }) => `${name}${text}`);
  return said.length ? `  (${said.join('; ')})` : '  (not used)';
}

const times = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
/** To the nanosecond. */
export const duration = (nanoseconds: number): string =>
  nanoseconds < 1e6 ? `${(nanoseconds / 1e3).toFixed(3)} us` : `${(nanoseconds / 1e6).toFixed(6)} ms`;
