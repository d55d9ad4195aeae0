import type { AlarmState } from '../../emulator/devices/pl031.js';
import { readSystem } from '../../sdk/tool/read.js';
import { explainDevices } from './devices.js';

const DRIVER = '<protection_domain name="keys"><program_image path="keys.elf" />MAP</protection_domain>';
const MAP = '<map mr="uart" vaddr="0x3000000" perms="rw" cached="false" />';
const system = (domains: string) =>
  readSystem(`<system><memory_region name="uart" size="0x1000" phys_addr="0x9000000" />${domains}</system>`, 's.system');
const SILENT: AlarmState = { raised: false, mask: 0, over: false, set: true, beside: undefined };
const explainSerialPort = (description: ReturnType<typeof system>, serialPort: { received: number; mask: number }) =>
  explainDevices(description, { serialPort, alarm: SILENT })[0];
const driver = system(DRIVER.replace('MAP', MAP));

test('a character that waits, and no interrupt for it', () => {
  expect(explainSerialPort(driver, { received: 1, mask: 0x20 })).toMatch(
    /UARTIMSC \(at 0x38\) is 0x20\. 'keys' gets an interrupt .* when bit 4 is set/,
  );
  expect(explainSerialPort(system(DRIVER.replace('MAP', '')), { received: 1, mask: 0 })).toMatch(/no protection domain can read it there/);
});

test('nothing is said where none waits, where its interrupt is on, or where a virtual machine has the port', () => {
  expect(explainSerialPort(driver, { received: 0, mask: 0 })).toBeUndefined();
  expect(explainSerialPort(driver, { received: 1, mask: 0x10 })).toBeUndefined();
  expect(explainSerialPort(driver, { received: 1, mask: 0x40 })).toBeUndefined();
  const machine = `<virtual_machine name="linux" priority="1"><vcpu id="0" />${MAP}</virtual_machine>`;
  expect(explainSerialPort(system(DRIVER.replace('MAP', machine)), { received: 1, mask: 0 })).toBeUndefined();
});

describe('the alarm of the clock', () => {
  const clock = (map: string) =>
    readSystem(
      `<system><memory_region name="rtc" size="0x1000" phys_addr="0x9010000" />${DRIVER.replace('MAP', map)}</system>`,
      's.system',
    );
  const explained = (alarm: Partial<AlarmState>, map = MAP.replace('uart', 'rtc')) =>
    explainDevices(clock(map), { serialPort: { received: 0, mask: 0 }, alarm: { ...SILENT, ...alarm } });

  test('has gone off without an interrupt, or was set too late', () => {
    expect(explained({ raised: true })).toEqual([expect.stringMatching(/RTCIMSC \(at 0x10\) is 0\. 'keys' gets an interrupt/)]);
    expect(explained({ over: true })).toEqual([expect.stringMatching(/was set to a second that was over/)]);
  });

  test('was never set, and something else was written', () => {
    expect(explained({ mask: 1, set: false, beside: 0x08 })).toEqual([
      expect.stringMatching(
        /RTCMR \(at 0x04\) was never written\. Something was written at 0x08, which is RTCLR and sets the clock itself\./,
      ),
    ]);
    expect(explained({ mask: 1, set: false, beside: 0x20 })).toEqual([expect.stringMatching(/at 0x20, where no register is/)]);
  });

  test('is nothing to speak of', () => {
    expect(explained({ mask: 1, set: false })).toEqual([]);
    expect(explained({ mask: 1, beside: 0x08 })).toEqual([]);
    expect(explained({})).toEqual([]);
    expect(explained({ raised: true, mask: 1 })).toEqual([]);
    expect(explained({ over: true }, '')).toEqual([]);
  });
});
