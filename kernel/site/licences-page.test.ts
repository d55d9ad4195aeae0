import { licencePages, LICENCES_PAGE } from './licences-page.js';

const facts = {
  packages: [
    {
      name: 'cpp-12',
      version: '12.2.0-14',
      sources: [
        { name: 'gcc-12', version: '12.2.0-14' },
        { name: 'isl', version: '0.25' },
      ],
      licences: ['GPL-3'],
      copyright: 'all of it',
    },
  ],
  commonLicences: { 'GPL-3': 'the licence' },
};

test('each package has its version, licences, sources and its whole text', () => {
  const pages = licencePages({ facts, ownGuest: false });
  const page = pages.get(LICENCES_PAGE) ?? '';
  expect(page).toMatch(/cpp-12\.txt.*12\.2\.0-14.*GPL-3.*src\/gcc-12\/12\.2\.0-14\/.*src\/isl\/0\.25\//);
  expect(page).not.toContain('virtbook guest');
  expect(pages.get('licences/cpp-12.txt')).toBe('all of it');
  expect(pages.get('licences/common/GPL-3.txt')).toBe('the licence');
});

test('a guest of the reader is not called Debian\u2019s', () => {
  const page = licencePages({ facts: { packages: [], commonLicences: {} }, ownGuest: true }).get(LICENCES_PAGE);
  expect(page).toContain('no file of a Debian package');
  expect(page).toContain('virtbook guest');
});
