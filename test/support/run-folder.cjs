// A folder for what the suites of one run of Jest share: made before the first, removed after the last.
const { mkdtempSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

module.exports = () => {
  process.env.VIRTBOOK_TEST_RUN = mkdtempSync(join(tmpdir(), 'virtbook run '));
};
