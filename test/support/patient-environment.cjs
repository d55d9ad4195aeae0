// Jest's environment for tests in Node, with time limits for a busy machine: those in the tests are for a quiet one.
const { TestEnvironment } = require('jest-environment-node');

/** How many times slower a machine with a load of 8 on two cores may be. */
const PATIENCE = 6;

module.exports = class PatientEnvironment extends TestEnvironment {
  handleTestEvent({ name, test, hook }, state) {
    if (name === 'test_start') test.timeout = PATIENCE * (test.timeout ?? state.testTimeout);
    if (name === 'hook_start' && !hook.patient) {
      hook.timeout = PATIENCE * (hook.timeout ?? state.testTimeout);
      // A hook of each test comes here each time.
      hook.patient = true;
    }
  }
};
