/** Where the tool of SDK 2.3.0 breaks off instead of saying what is wrong, and our own reader has nothing against the description: what to change. */

const PANICS: readonly [pattern: RegExp, hint: (name: string) => string][] = [
  [
    /object names must be unique! (\S+)/,
    (name) =>
      `two objects would be called ${name}: the tool makes their names of those of protection domains, virtual machines and regions, ` +
      'with _root, _stack or a number after them. Choose other names: a virtual machine must not be called as a protection domain is',
  ],
  [
    /no entry found for key/,
    () =>
      'two objects would have one name: the tool adds _root to the names of protection domains. Choose a name that does not end in _root',
  ],
  [
    /range start index \d+ out of range for slice/,
    () => 'a region with prefill_path is one page or more larger than its file: leave its size out, or make the file longer',
  ],
  [
    /range end index \d+ out of range for slice of length 4096/,
    () => 'the monitor of this SDK has room for the names of 64 virtual CPUs: describe fewer',
  ],
];

/** What is known of a panic, from what the tool says; undefined where nothing is. */
export function aboutPanic(said: string): string | undefined {
  for (const [pattern, hint] of PANICS) {
    const match = pattern.exec(said);
    if (match) return hint(match[1] ?? '');
  }
  return undefined;
}
