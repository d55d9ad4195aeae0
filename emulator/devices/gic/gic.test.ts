import { Gic } from './gic.js';

/** What needs several processors, or was seen to matter; single-processor behaviour is compared with QEMU's in test/. */
describe('GICv2 with four processors', () => {
  let wires: string[];
  let gic: Gic;
  beforeEach(() => {
    wires = [];
    const wire = (name: string) => (cpu: number, level: boolean) => void wires.push(`${name}${cpu}${level ? '+' : '-'}`);
    const outputs = { irq: wire('irq'), fiq: wire('fiq'), virtualIrq: wire('virq'), virtualFiq: wire('vfiq') };
    gic = new Gic({ processors: 4, outputs });
    gic.distributor.write(0, 1, 4);
    for (let cpu = 0; cpu < 4; cpu++) {
      gic.currentCpu = cpu;
      gic.cpuInterface.write(4, 0xf0, 4);
      gic.cpuInterface.write(0, 1, 4);
    }
    gic.currentCpu = 0;
  });

  it('says how many it serves, and gives each its own private registers', () => {
    expect(gic.distributor.read(4, 4)).toBe(8 | (3 << 5));
    gic.currentCpu = 2;
    gic.distributor.write(0x400 + 27, 0x80, 1);
    gic.distributor.write(0x100, 1 << 27, 4);
    expect([gic.distributor.read(0x400 + 27, 1), gic.distributor.read(0x100, 4), gic.distributor.read(0x800, 4)]).toEqual([
      0x80, 0x0800ffff, 0x04040404,
    ]);
    gic.currentCpu = 1;
    expect([gic.distributor.read(0x400 + 27, 1), gic.distributor.read(0x100, 4), gic.distributor.read(0x800, 4)]).toEqual([
      0, 0xffff, 0x02020202,
    ]);
    gic.ppi(2, 27).set(true);
    gic.ppi(1, 27).set(true);
    expect(wires).toEqual(['irq2+']);
  });

  it('sends a shared interrupt to its targets, and to nobody else once one has taken it', () => {
    gic.distributor.write(0x104, 1 << 1, 4);
    gic.spi(1).set(true);
    expect(wires).toEqual([]);
    gic.distributor.write(0x800 + 33, 0b1010, 1);
    expect(wires).toEqual(['irq1+', 'irq3+']);
    gic.currentCpu = 3;
    expect(gic.cpuInterface.read(0xc, 4)).toBe(33);
    expect(wires).toEqual(['irq1+', 'irq3+', 'irq1-', 'irq3-']);
    gic.currentCpu = 1;
    expect(gic.cpuInterface.read(0xc, 4)).toBe(1023);
    gic.spi(1).set(false);
    gic.currentCpu = 3;
    gic.cpuInterface.write(0x10, 33, 4);
    expect(gic.cpuInterface.read(0x14, 4)).toBe(0xff);
    expect(wires).toHaveLength(4);
  });

  it('sends a software-generated interrupt to a list, to all others, or to oneself, once for each sender', () => {
    gic.distributor.write(0xf00, (0b0110 << 16) | 5, 4);
    expect(wires).toEqual(['irq1+', 'irq2+']);
    gic.currentCpu = 3;
    gic.distributor.write(0xf00, (1 << 24) | 5, 4);
    expect(wires).toEqual(['irq1+', 'irq2+', 'irq0+']);
    gic.distributor.write(0xf00, (2 << 24) | 6, 4);
    expect(gic.cpuInterface.read(0xc, 4)).toBe(6 | (3 << 10));
    gic.currentCpu = 1;
    expect(gic.cpuInterface.read(0xc, 4)).toBe(5);
    gic.cpuInterface.write(0x10, 5, 4);
    expect(gic.cpuInterface.read(0xc, 4)).toBe(5 | (3 << 10));
    gic.cpuInterface.write(0x10, 5 | (3 << 10), 4);
    expect(gic.cpuInterface.read(0xc, 4)).toBe(1023);
  });

  it('serves Group 1 through the aliased registers', () => {
    gic.distributor.write(0, 3, 4);
    gic.cpuInterface.write(0, 3, 4);
    gic.distributor.write(0x80, 0xffffffff, 4);
    gic.distributor.write(0x100, 1 << 30, 4);
    gic.ppi(0, 30).set(true);
    expect([gic.cpuInterface.read(0xc, 4), gic.cpuInterface.read(0x28, 4), gic.cpuInterface.read(0x20, 4)]).toEqual([1022, 30, 30]);
    gic.ppi(0, 30).set(false);
    gic.cpuInterface.write(0x24, 30, 4);
    expect(gic.cpuInterface.read(0x14, 4)).toBe(0xff);
  });

  // The sequence of a microkernel that injects a timer interrupt into its guest.
  it('injects through a list register, and reports the end by the maintenance interrupt', () => {
    gic.distributor.write(0x100, 1 << 25, 4);
    gic.hypervisorInterface.write(0, 1, 4);
    gic.virtualCpuInterface.write(0, 1, 4);
    gic.virtualCpuInterface.write(4, 0xf0, 4);
    gic.hypervisorInterface.write(0x100, 0x1008_001b, 4);
    expect(wires).toEqual(['virq0+']);
    expect(gic.virtualCpuInterface.read(0xc, 4)).toBe(27);
    expect(wires).toEqual(['virq0+', 'virq0-']);
    gic.virtualCpuInterface.write(0x10, 27, 4);
    expect(wires).toEqual(['virq0+', 'virq0-', 'irq0+']);
    expect([gic.hypervisorInterface.read(0x100, 4), gic.hypervisorInterface.read(0x20, 4), gic.hypervisorInterface.read(0x10, 4)]).toEqual([
      0x0008_001b, 1, 1,
    ]);
    gic.hypervisorInterface.write(0x100, 0x1b, 4);
    expect([gic.hypervisorInterface.read(0x10, 4), gic.hypervisorInterface.read(0x30, 4)]).toEqual([0, 0xf]);
    expect(wires[3]).toBe('irq0-');
  });

  it('ends the physical interrupt that a list register stands for', () => {
    gic.distributor.write(0x104, 1 << 2, 4);
    gic.distributor.write(0x800 + 34, 1, 1);
    gic.cpuInterface.write(0, 0x201, 4);
    gic.spi(2).set(true);
    expect(gic.cpuInterface.read(0xc, 4)).toBe(34);
    gic.cpuInterface.write(0x10, 34, 4);
    expect(gic.distributor.read(0x304, 4)).toBe(4);
    gic.hypervisorInterface.write(0, 1, 4);
    gic.virtualCpuInterface.write(0, 1, 4);
    gic.virtualCpuInterface.write(4, 0xf0, 4);
    gic.hypervisorInterface.write(0x100, 0x9000_0000 | (34 << 10) | 79, 4);
    expect(gic.virtualCpuInterface.read(0xc, 4)).toBe(79);
    wires.length = 0;
    gic.virtualCpuInterface.write(0x10, 79, 4);
    expect(gic.distributor.read(0x304, 4)).toBe(0);
    expect(wires).toEqual(['irq0+']);
  });

  it('forgets everything but its inputs at reset', () => {
    gic.distributor.write(0x100, 1 << 27, 4);
    gic.ppi(0, 27).set(true);
    expect(wires).toEqual(['irq0+']);
    gic.reset();
    expect(wires).toEqual(['irq0+', 'irq0-']);
    expect(gic.distributor.read(0x200, 4)).toBe(1 << 27);
  });
});
