const { rmSync } = require('node:fs');

module.exports = () => rmSync(process.env.VIRTBOOK_TEST_RUN, { recursive: true, force: true, maxRetries: 5 });
