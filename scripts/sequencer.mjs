// Jest's order of suites: the slowest first, so that no core waits for another at the end.
import Sequencer from '@jest/test-sequencer';
import { readSuite } from './suites.mjs';

export default class SlowestFirst extends Sequencer {
  sort(tests) {
    const seconds = new Map(tests.map((test) => [test, readSuite(test.path).seconds]));
    // The order of the others is Jest's: by how long they took last time.
    return [...super.sort(tests)].sort((a, b) => seconds.get(b) - seconds.get(a));
  }
}
