import type { CoreModules } from '../cpu/processor-interfaces.js';
import { hostFeatures } from '../cpu/translator/host-features.js';

/** The built files, where a bundler finds them, too. */
const runtime = new URL('../wasm-modules/runtime.wasm', import.meta.url);
const interpreter = new URL('../wasm-modules/interpreter.wasm', import.meta.url);
const buildId = new URL('../wasm-modules/build-id', import.meta.url);

async function get(url: URL): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href} could not be loaded: ${response.status} ${response.statusText}`);
  return response;
}

const compile = async (url: URL): Promise<WebAssembly.Module> => WebAssembly.compile(await (await get(url)).arrayBuffer());

/** Fetches and compiles the processor's modules; `maker` is this build on this engine, whose code no other is to execute. */
export async function loadCoreModules(): Promise<{ modules: CoreModules; maker: string }> {
  const features = hostFeatures();
  const [build, ...compiled] = await Promise.all([
    get(buildId).then((response) => response.text()),
    compile(runtime),
    compile(interpreter),
  ]);
  return {
    modules: { runtime: compiled[0], interpreter: compiled[1], features },
    maker: [build, navigator.userAgent, JSON.stringify(features)].join(' '),
  };
}
