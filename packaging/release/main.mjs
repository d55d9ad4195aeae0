// `npm run release [-- FOLDER] [--no-build] [--platform NAME]...`: makes what is published, with checksums and bills of materials.
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { manifestOf } from '../../scripts/licences.mjs';
import { billOfMaterials } from './bom.mjs';
import { makeLiteWheel } from './lite.mjs';
import { packNpm } from './npm.mjs';
import { filesFor, productionPackages } from './packages.mjs';
import { hostPlatform, PLATFORMS } from './platforms.mjs';
import { jupyterData, makeWheel } from './wheel.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** The wheel for JupyterLite is the same on all platforms. */
const LITE = 'jupyterlite';
const NAMES = [...PLATFORMS.map(({ name }) => name), LITE];
const HELP = `npm run release [-- FOLDER] [OPTIONS]
Makes the npm tarball, the wheels, their checksums and bills of materials.

  FOLDER             where they go (default: dist/release); an earlier release in it is replaced
  --no-build         pack what dist/ holds
  --platform NAME    the wheel for this platform only; may be given several times
                     (${NAMES.join(', ')}; host: this
                     computer's; any: all but jupyterlite, which needs apt and runs all chapters)
`;

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      'no-build': { type: 'boolean' },
      platform: { type: 'string', multiple: true },
    },
  });
  if (positionals.length > 1) throw new Error(`one folder is enough: ${positionals.join(' ')}`);
  const wanted = values.platform?.flatMap((name) => named(name)) ?? NAMES;
  const unknown = wanted.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw new Error(`there is no platform ${unknown}: choose of ${NAMES.join(', ')}`);
  return {
    help: values.help,
    build: !values['no-build'],
    out: resolve(positionals[0] ?? join(root, 'dist', 'release')),
    platforms: PLATFORMS.filter(({ name }) => wanted.includes(name)),
    lite: wanted.includes(LITE),
  };
}

const named = (name) => (name === 'host' ? [hostPlatform().name] : name === 'any' ? PLATFORMS.map((each) => each.name) : [name]);

/** @throws Error where the folder holds anything but an earlier release */
function checkReplaceable(folder) {
  const there = existsSync(folder) ? readdirSync(folder) : [];
  const earlier = there.includes('SHA256SUMS') ? readFileSync(join(folder, 'SHA256SUMS'), 'utf8') : '';
  const other = there.find((name) => name !== 'SHA256SUMS' && !earlier.includes(`  ${name}\n`));
  if (other !== undefined) throw new Error(`${folder} holds ${other}, which is not of a release: name an empty folder`);
}

async function release({ build, out: place, platforms, lite }) {
  checkReplaceable(place);
  if (build) execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root, stdio: 'inherit' });
  const { name, version } = manifestOf(root);
  // It is whole or not there: it gets its name at the end.
  const out = `${place}.new`;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const made = [];
  const write = (filename, content) => {
    writeFileSync(join(out, filename), content);
    made.push(filename);
    console.log(`${filename}  ${(content.length / 1e6).toFixed(1)} MB`);
  };
  const npmPackage = packNpm(root, out);
  write(npmPackage.filename, readFileSync(join(out, npmPackage.filename)));
  const inside = JSON.parse(readFileSync(join(root, 'dist', 'check', 'bundled.json'), 'utf8'));
  const beside = productionPackages(root);
  write(`${name}-${version}.npm.cdx.json`, billOfMaterials(root, 'npm', { inside, beside }));
  const packages = beside.filter((path) => filesFor(root, path, PLATFORMS[0]).length > 0);
  const bom = billOfMaterials(root, 'pypi', { inside, beside: packages });
  write(`${name}-${version}.pypi.cdx.json`, bom);
  const { environmentSpec } = createRequire(import.meta.url)(join(root, 'dist', 'kernel', 'install', 'kernelspec.js'));
  const data = jupyterData(root, environmentSpec());
  for (const platform of platforms) {
    const wheel = makeWheel(root, { platform, npmFiles: npmPackage.files, packages, bom, data });
    write(wheel.filename, wheel.content);
  }
  if (lite) {
    const wheel = await makeLiteWheel(root);
    write(wheel.filename, wheel.content);
  }
  const sums = made.sort().map(
    (file) =>
      `${createHash('sha256')
        .update(readFileSync(join(out, file)))
        .digest('hex')}  ${file}\n`,
  );
  writeFileSync(join(out, 'SHA256SUMS'), sums.join(''));
  rmSync(place, { recursive: true, force: true });
  renameSync(out, place);
  console.log(`Released into ${place}`);
}

try {
  const options = readOptions();
  if (options.help) process.stdout.write(HELP);
  else await release(options);
} catch (error) {
  console.error(`release: ${error.message}`);
  process.exitCode = 1;
}
