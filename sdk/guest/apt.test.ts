import { retargetDeb822, retargetLine } from './apt.js';

test.each([
  ['deb http://mirror/debian stable main', 'deb [arch=arm64] http://mirror/debian stable main'],
  [
    'deb [arch=amd64,i386 signed-by=/k.gpg] http://mirror/debian stable main contrib',
    'deb [arch=arm64 signed-by=/k.gpg] http://mirror/debian stable main contrib',
  ],
  ['deb [ trusted=no arch+=armhf ] file:/pool ./', 'deb [arch=arm64 trusted=no] file:/pool ./'],
])('one-line source: %s', (line, expected) => expect(retargetLine(line, 'arm64')).toBe(expected));

test.each(['# deb http://mirror/debian stable main', 'deb-src http://mirror/debian stable main', 'deb cdrom:[disk]/ stable main', ''])(
  'no network source of binaries: %s',
  (line) => expect(retargetLine(line, 'arm64')).toBeUndefined(),
);

test('deb822: architecture and type are replaced, the rest stays, keys in the file included', () => {
  const text = [
    '# a comment',
    'Types: deb deb-src',
    'URIs: http://mirror/debian',
    'Architectures: amd64',
    'Suites: stable',
    ' stable-updates',
    'Components: main',
    'Signed-By:',
    ' -----BEGIN',
    ' .',
    ' xyz',
    '',
    'Types: deb-src',
    'URIs: http://mirror/src',
    '',
    'types: deb',
    'URIs: http://other',
    'Enabled: no',
    '',
  ].join('\n');
  expect(retargetDeb822(text, 'arm64')).toBe(
    [
      'Types: deb',
      'Architectures: arm64',
      'URIs: http://mirror/debian',
      'Suites: stable',
      ' stable-updates',
      'Components: main',
      'Signed-By:',
      ' -----BEGIN',
      ' .',
      ' xyz',
      '',
      'Types: deb',
      'Architectures: arm64',
      'URIs: http://other',
      'Enabled: no',
      '',
    ].join('\n'),
  );
});
