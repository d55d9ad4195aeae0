import type { SerialPortState } from '../devices/pl011.js';
import type { AlarmState } from '../devices/pl031.js';

/** What devices have for their drivers, where a driver's mistake is that it does not notice. */
export interface DrivenDevices {
  serialPort: SerialPortState;
  alarm: AlarmState;
}
