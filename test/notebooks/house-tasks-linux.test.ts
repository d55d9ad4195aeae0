/**
 * The tasks of part 4: each solution passes, each skeleton fails, and each kept mistake gets its hint. Each of them boots Linux.
 *
 * @peers debian
 * @seconds 150
 * @apart
 */
import { expectTasksTested } from './house-tasks.js';

test("the tasks of part 4, and their kept mistakes' hints", () => {
  expectTasksTested('part4', 'ok   mistake card-read-only: 2 of 3 checks fail, hint: card');
}, 1_900_000);
