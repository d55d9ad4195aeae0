/**
 * Programs in C++ and Rust: built with the embedded SDK, booted in our machine. C++ is compiled with Zig's Clang, which every computer
 * can have; Rust where there is a compiler with the target.
 *
 * @seconds 10
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { assembleMachine, parseQemuOptions } from '../../emulator/command-line/options.js';
import { buildSystem } from '../../sdk/build/project.js';
import { ensureSdk } from '../../sdk/build/sdk.js';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import { findToolchain } from '../../sdk/toolchain/index.js';
import { findRust } from '../../sdk/toolchain/rust.js';
import { MachineConsole } from '../peers/machine-console.js';
import { tutorialArguments } from '../peers/qemu-machine.js';

const SYSTEM = `<system>
    <protection_domain name="counter" priority="120">
        <program_image path="counter.elf" />
    </protection_domain>
    <protection_domain name="asker" priority="110">
        <program_image path="asker.elf" />
    </protection_domain>
    <channel>
        <end pd="counter" id="3" />
        <end pd="asker" id="5" pp="true" />
    </channel>
</system>
`;
const ASKER = `#include <microkit.h>
void init(void)
{
    microkit_mr_set(0, 21);
    microkit_ppcall(5, microkit_msginfo_new(0, 1));
    microkit_dbg_puts("ASKER: ");
    microkit_dbg_put32((uint32_t)microkit_mr_get(0));
    microkit_dbg_puts("\\n");
}
void notified(microkit_channel ch) { (void)ch; }
`;
/** An object with a constructor, a template, and the function whose name is a word of the language. */
const CPLUSPLUS = `#include <microkit.h>
namespace {
class Counter {
public:
    explicit Counter(uint64_t start) : value(start) { }
    uint64_t next(uint64_t step) { return value += step; }
private:
    uint64_t value;
};
template <typename T> T twice(T x) { return x + x; }
Counter counter{58};
}
void init() { microkit_dbg_puts("COUNTER: C++\\n"); }
void notified(microkit_channel) { }
microkit_msginfo microkit_protected(microkit_channel, microkit_msginfo)
{
    microkit_mr_set(0, counter.next(twice(microkit_mr_get(0))));
    return microkit_msginfo_new(0, 1);
}
`;
/** What is inline in microkit.h is wrapped in C. */
const RUST = `#![no_std]
use core::panic::PanicInfo;
extern "C" {
    fn microkit_dbg_puts(text: *const u8);
    fn get(register: u8) -> u64;
}
#[panic_handler]
fn panic(_: &PanicInfo) -> ! { loop {} }
static mut COUNT: u64 = 58;
#[no_mangle]
pub extern "C" fn init() { unsafe { microkit_dbg_puts(b"COUNTER: Rust\\n\\0".as_ptr()) } }
#[no_mangle]
pub extern "C" fn notified(_channel: u32) {}
#[no_mangle]
pub extern "C" fn answer() -> u64 {
    let places = [1u64, 2];
    unsafe {
        let step = get(0).checked_mul(places[(get(0) % 2) as usize]).unwrap_or(0);
        COUNT += step;
        COUNT
    }
}
`;
const WRAPPED = `#include <microkit.h>
uint64_t answer(void);
uint64_t get(uint8_t mr) { return microkit_mr_get(mr); }
microkit_msginfo protected(microkit_channel ch, microkit_msginfo info)
{
    (void)ch, (void)info;
    microkit_mr_set(0, answer());
    return microkit_msginfo_new(0, 1);
}
`;

let folder: string;
const at = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'languages '));
  writeFileSync(at('desk.system'), SYSTEM);
  writeFileSync(at('asker.c'), ASKER);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function build(toolchain: string | undefined): Promise<string> {
  const found = await findToolchain(toolchain === undefined ? {} : { env: { ...process.env, TOOLCHAIN: toolchain } });
  const sdk = await ensureSdk();
  const request = { systemFile: at('desk.system'), sourceDirs: [folder], outputDir: at('out'), config: 'debug' };
  const { image, warnings } = await buildSystem({ ...request, sdk, toolchain: found });
  expect(warnings).toEqual([]);
  return image;
}

const failure = async (toolchain?: string): Promise<DiagnosticError> => {
  const error = await build(toolchain).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DiagnosticError);
  return error as DiagnosticError;
};

/** The console up to the answer. */
async function boot(image: string): Promise<string> {
  const words = parseQemuOptions(tutorialArguments(image));
  const console = await MachineConsole.start(assembleMachine(words, { read: readFileSync, gunzip: gunzipSync }, 1, 'simulated'));
  try {
    await console.waitFor(/ASKER: \d+\r?\n/, 60_000);
    return console.text;
  } finally {
    await console.stop();
  }
}

test('C++: constructors run, microkit.h is there, and calls are answered', async () => {
  writeFileSync(at('counter.cpp'), CPLUSPLUS);
  const text = await boot(await build('zig'));
  expect(text).toContain('COUNTER: C++');
  expect(text).toContain('ASKER: 100');
}, 600_000);

test('C++: what needs its run-time library is an error that says so', async () => {
  writeFileSync(at('counter.cpp'), CPLUSPLUS.replace('void init() {', 'void init() { throw 1;'));
  expect((await failure('zig')).diagnostics[0]).toMatchObject({
    file: at('counter.cpp'),
    message: expect.stringContaining('exceptions') as string,
  });
}, 600_000);

test('Rust, with a part in C; or what to install', async () => {
  writeFileSync(at('counter.rs'), RUST);
  mkdirSync(at('counter'));
  writeFileSync(at('counter/wrapped.c'), WRAPPED);
  if (!(await findRust())) {
    const [said] = (await failure()).diagnostics;
    expect(said?.message).toContain('counter.rs is Rust, and this computer has no Rust compiler with a target for AArch64');
    expect(said?.hint).toContain('rustup target add aarch64-unknown-none');
    return;
  }
  const text = await boot(await build(undefined));
  expect(text).toContain('COUNTER: Rust');
  expect(text).toContain('ASKER: 100');
}, 600_000);
