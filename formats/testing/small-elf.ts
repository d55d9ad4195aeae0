/** A relocatable or executable AArch64 ELF64 file with the given sections, and a program header of `segmentType`. */
export function smallElf(
  options: { sections?: Record<string, string>; type?: number; machine?: number; segmentType?: number } = {},
): Buffer {
  const sections = Object.entries(options.sections ?? {});
  const names = ['', ...sections.map(([name]) => name), '.shstrtab'];
  const nameTable = Buffer.from(names.join('\0') + '\0');
  const programHeader = Buffer.alloc(56);
  programHeader.writeUInt32LE(options.segmentType ?? 1, 0);
  const contents = [...sections.map(([, content]) => Buffer.from(content, 'latin1')), nameTable];
  const headers = [Buffer.alloc(64)];
  let offset = 64 + 56;
  contents.forEach((content, index) => {
    const header = Buffer.alloc(64);
    header.writeUInt32LE(nameTable.indexOf(`\0${names[index + 1]}\0`) + 1, 0);
    header.writeUInt32LE(1, 4);
    header.writeBigUInt64LE(BigInt(offset), 24);
    header.writeBigUInt64LE(BigInt(content.length), 32);
    headers.push(header);
    offset += content.length;
  });
  const elf = Buffer.alloc(64);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(elf);
  elf.writeUInt16LE(options.type ?? 1, 16);
  elf.writeUInt16LE(options.machine ?? 183, 18);
  elf.writeBigUInt64LE(64n, 32);
  elf.writeBigUInt64LE(BigInt(offset), 40);
  [64, 56, 1, 64, headers.length, headers.length - 1].forEach((value, index) => elf.writeUInt16LE(value, 52 + 2 * index));
  return Buffer.concat([elf, programHeader, ...contents, ...headers]);
}
