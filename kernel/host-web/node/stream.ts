/** Node's `stream`: the kernel reads and writes files in memory whole. */
class Stream {
  constructor() {
    throw new Error('a page has no streams of files');
  }
}

export class Readable extends Stream {}
export class Writable extends Stream {}
