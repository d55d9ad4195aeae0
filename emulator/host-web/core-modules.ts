import type { CoreModules } from '../cpu/processor-interfaces.js';
import { hostFeatures } from '../cpu/translator/host-features.js';
import { portableMaker } from '../server/portable-code.js';

/** The processor's modules, compiled, and whose code they can execute. */
export interface LoadedCore {
  modules: CoreModules;
  /** This build on this engine, whose code no other is to execute. */
  maker: string;
  /** This build for any engine. */
  portableMaker: string;
}

/** The built files, where a bundler finds them, too. */
const runtime = new URL('../wasm-modules/runtime.wasm', import.meta.url);
const interpreter = new URL('../wasm-modules/interpreter.wasm', import.meta.url);
const buildId = new URL('../wasm-modules/build-id', import.meta.url);

async function get(url: URL): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href} could not be loaded: ${response.status} ${response.statusText}`);
  return response;
}

/** Of what comes as WebAssembly, browsers keep what they have made of it for the next visit. Some servers do not know its type. */
export async function compileFrom(url: URL): Promise<WebAssembly.Module> {
  const response = await get(url);
  if (response.headers.get('content-type') === 'application/wasm') return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

/** Fetches and compiles the processor's modules. @param base another place that they are found from: that of this file's folder */
export async function loadCoreModules(base?: URL): Promise<LoadedCore> {
  const at = (url: URL): URL => (base ? new URL(url.href.slice(url.href.lastIndexOf('wasm-modules/')), base) : url);
  const features = hostFeatures();
  const [build, ...compiled] = await Promise.all([
    get(at(buildId)).then((response) => response.text()),
    compileFrom(at(runtime)),
    compileFrom(at(interpreter)),
  ]);
  return {
    modules: { runtime: compiled[0], interpreter: compiled[1], features },
    maker: [build, navigator.userAgent, JSON.stringify(features)].join(' '),
    portableMaker: portableMaker(build),
  };
}
