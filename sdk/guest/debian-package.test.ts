import { controlFields, licencesIn, sourcesOf } from './debian-package.js';

test('a package is its own source, unless it says another, with those that it was built of', () => {
  const plain = controlFields('Package: make\nVersion: 4.3-4\n');
  expect(sourcesOf('make', '4.3-4', plain)).toEqual([{ name: 'make', version: '4.3-4' }]);
  const signed = controlFields(
    'Package: linux-image\nVersion: 6.1-2\nSource: linux-signed (6.1+2)\nBuilt-Using: linux (= 6.1-2),\n glibc (= 2:2.36-9)\n',
  );
  expect(sourcesOf('linux-image', '6.1-2', signed)).toEqual([
    { name: 'linux-signed', version: '6.1+2' },
    { name: 'linux', version: '6.1-2' },
    { name: 'glibc', version: '2:2.36-9' },
  ]);
  expect(sourcesOf('cpp-12', '12.2-14', controlFields('Source: gcc-12\n'))).toEqual([{ name: 'gcc-12', version: '12.2-14' }]);
});

test('licences are those that a copyright file has names for', () => {
  expect(
    licencesIn(
      'Format: https://example.org/\n\nFiles: *\nLicense: GPL-2\n text\n\nFiles: a\nLicense: BSD-3-clause\n\nFiles: b\nLicense: GPL-2\n',
    ),
  ).toEqual(['GPL-2', 'BSD-3-clause']);
  expect(licencesIn("GCC is free. See /usr/share/common-licenses/GPL-3, and\n`/usr/share/common-licenses/LGPL-2.1'.\n")).toEqual([
    'GPL-3',
    'LGPL-2.1',
  ]);
});
