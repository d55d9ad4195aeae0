import * as sdk from './library.js';
import { writeProgram } from './tool/testing/elf-writer.js';
import { BOARD, makeTestSdk } from './tool/testing/sdk.js';

const parts = makeTestSdk();
afterAll(() => parts.remove());

const SYSTEM = '<system><protection_domain name="one"><program_image path="one.elf"/></protection_domain></system>';

test('a description becomes an image, by what is exported', () => {
  const system = sdk.readSystem(SYSTEM, 'one.system');
  expect(sdk.programImages(system)).toEqual([{ pd: 'one', path: 'one.elf', position: { line: 1, column: 39 } }]);
  const built = sdk.buildImage({ system, sdk: parts.path, board: BOARD, config: 'debug', findImage: () => writeProgram() });
  expect(built.warnings).toEqual([]);
  expect(built.report).toContain('TCB: PD=one');
  expect(built.image.length).toBeGreaterThan(0x1000);
});

test('a mistake has its place and a hint', () => {
  const read = (): unknown => sdk.readSystem(SYSTEM.replace('path', 'paht'), 'one.system');
  expect(read).toThrow(sdk.DiagnosticError);
  expect(read).toThrow("one.system:1:54: error: invalid attribute 'paht' on element 'program_image'\n  hint: did you mean 'path'?");
});
