/** What a device has for its driver that the driver does not get, in words. Of a system that waits. */
import type { DrivenDevices } from '../../emulator/board/driven.js';
import { isIn, RTC, UART, type Window } from '../../emulator/board/memory-map.js';
import type { SystemDescription } from '../../sdk/tool/model.js';

/** UARTIMSC: the receive interrupt, and that of characters that wait (DDI 0183, section 3.3.10). */
const RECEIVE_INTERRUPTS = (1 << 4) | (1 << 6);

/** Interrupts that are raised and go nowhere are told elsewhere. */
export function explainDevices(description: SystemDescription, { serialPort, alarm }: DrivenDevices): string[] {
  return [explainSerialPort(description, serialPort), explainAlarm(description, alarm)].filter((each) => each !== undefined);
}

/** What was typed, and lies in the serial port. */
function explainSerialPort(description: SystemDescription, { received, mask }: DrivenDevices['serialPort']): string | undefined {
  const { drivers, guests } = holdersOf(description, UART);
  // What is in a virtual machine asks when it likes.
  if (received === 0 || guests || (mask & RECEIVE_INTERRUPTS) !== 0) return undefined;
  if (drivers === '') {
    return `What was typed is in the serial port, and no protection domain can read it there: its registers are a <memory_region> with phys_addr="0x${UART.base.toString(16)}".`;
  }
  return (
    `The serial port has received a character, and raises no interrupt for it: its register UARTIMSC (at 0x38) is 0x${mask.toString(16)}. ` +
    `${drivers} gets an interrupt for what is typed when bit 4 is set there.`
  );
}

/** What the registers at these offsets are that a driver takes for RTCMR (DDI 0224, table 3-1). */
const BESIDE: Record<number, string> = {
  0x00: ', which is RTCDR and can only be read',
  0x08: ', which is RTCLR and sets the clock itself',
  0x14: ', which is RTCRIS and can only be read',
  0x18: ', which is RTCMIS and can only be read',
};

function explainAlarm(description: SystemDescription, alarm: DrivenDevices['alarm']): string | undefined {
  const { raised, mask, over, set, beside } = alarm;
  const { drivers, guests } = holdersOf(description, RTC);
  if (drivers === '' || guests) return undefined;
  if (raised && mask === 0) {
    return `The clock's alarm has gone off, and raises no interrupt: its register RTCIMSC (at 0x10) is 0. ${drivers} gets an interrupt for it when bit 0 is set there.`;
  }
  if (mask !== 0 && !set && beside !== undefined) {
    const where = `0x${beside.toString(16).padStart(2, '0')}${BESIDE[beside] ?? ', where no register is'}`;
    return (
      `The clock's interrupt is switched on, and no alarm is set: its register RTCMR (at 0x04) was never written. Something was written at ${where}. ` +
      `${drivers} sets RTCMR to RTCDR plus the seconds to wait.`
    );
  }
  if (!over) return undefined;
  return `The clock's alarm was set to a second that was over (RTCMR less than RTCDR), so it does not go off: ${drivers} sets it to RTCDR plus the seconds to wait.`;
}

/** The protection domains that have a device, by name, and whether a virtual machine has it. */
function holdersOf(description: SystemDescription, window: Window): { drivers: string; guests: boolean } {
  const regions = description.memoryRegions.filter((region) => isIn(window, region)).map(({ name }) => name);
  const has = (maps: readonly { region: string }[] = []): boolean => maps.some(({ region }) => regions.includes(region));
  const { protectionDomains } = description;
  return {
    drivers: protectionDomains
      .filter(({ maps }) => has(maps))
      .map(({ name }) => `'${name}'`)
      .join(', '),
    guests: protectionDomains.some(({ virtualMachine }) => has(virtualMachine?.maps)),
  };
}
