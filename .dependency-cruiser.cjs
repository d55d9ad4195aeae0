// Who may import whom. The tables "may know" of the READMEs are the source: a row is a rule, and there is no other list.
// In the last column `folder/` and `file.ts` are what may be imported, by the names of the table or from the root of the
// repository; "all above" means the rows above, "(not `folder/`)" takes some out again, "anything" is no rule.
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { posix } = require('node:path');

/** READMEs with a table whose first column is `folder` and whose last is `may know`. */
const TABLES = ['README.md', 'emulator/README.md', 'sdk/README.md', 'kernel/README.md'].filter(existsSync);
/** Tests, and what is only there for them. */
const FOR_TESTS = String.raw`(\.test\.ts$|(^|/)testing(/|\.ts$)|(^|/)test/|/fake-[\w-]+\.ts$)`;

/** Packages that the build bundles (scripts/bundles.mjs), and packages that are types only. */
const WITHOUT_INSTALLATION = '(^|/)node_modules/(tslab|highlight\\.js|@jupyterlab)/';

/** `*.ts` stands for the files of a folder itself. */
const pattern = (path) => `^${path.replace(/[.]/g, '\\.').replace('*', '[^/]+')}`;
const codes = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code);

function rowsOf(readme) {
  const folder = posix.dirname(readme);
  const lines = readFileSync(readme, 'utf8').split('\n');
  const head = lines.findIndex((line) => /^\| *folder *\|.*\| *may know *\|$/.test(line));
  if (head < 0) throw new Error(`${readme} has no table with the columns "folder" and "may know"`);
  const cells = lines.slice(head + 2, lines.indexOf('', head)).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const rows = cells.map((row) => ({ paths: codes(row[0]).map((path) => posix.join(folder, path)), may: row.at(-1) }));
  const listed = rows.flatMap(({ paths }) => paths);
  for (const { name } of folder === '.' ? [] : readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    if (hasSources(`${folder}/${name}`) && !listed.includes(`${folder}/${name}/`))
      throw new Error(`${folder}/${name}/ has no row in ${readme}`);
  }
  return rows.map(({ paths, may }, index) => {
    const [, excepted = ''] = /\(not ([^)]*)\)/.exec(may) ?? [];
    const named = codes(may.replace(/\(not [^)]*\)/, '')).map((path) => resolved(folder, path, listed));
    const not = codes(excepted).map((path) => resolved(folder, path, listed));
    const above = /\ball above\b/.test(may) ? rows.slice(0, index).flatMap((row) => row.paths) : [];
    const allowed = [...paths, ...above.filter((path) => !not.includes(path)), ...named];
    return { readme, paths, allowed: /\banything\b/.test(may) ? undefined : allowed };
  });
}

/** A row or a file of the table's folder, or a path from the root. */
function resolved(folder, path, rows) {
  const own = posix.join(folder, path);
  return rows.includes(own) || own.endsWith('*.ts') || existsSync(own) ? own : path;
}

const hasSources = (folder) => readdirSync(folder, { recursive: true }).some((name) => name.endsWith('.ts'));

const house = rowsOf('README.md').flatMap(({ paths }) => paths);

/** The circle that emulator/core/README.md names. */
const circle = codes(/^One circle[^]*?\n\n/m.exec(`${readFileSync('emulator/core/README.md', 'utf8')}\n`)?.[0] ?? '');

module.exports = {
  forbidden: [
    ...TABLES.flatMap(rowsOf)
      .filter(({ allowed }) => allowed)
      .flatMap(({ readme, paths, allowed }) =>
        paths.map((path) => ({
          name: path.replace(/\/$/, ''),
          comment: `${readme}, "may know"`,
          severity: 'error',
          from: { path: pattern(path) + (path.endsWith('.ts') ? '$' : ''), pathNot: FOR_TESTS },
          to: { path: house.map(pattern), pathNot: [...allowed, path].map(pattern) },
        })),
      ),
    {
      name: 'circle',
      comment: 'Two files that need each other are one idea in two files, or a third idea that both need.',
      severity: 'error',
      from: { pathNot: circle.map((file) => pattern(`emulator/core/${file}`)) },
      to: { circular: true },
    },
    {
      name: 'node',
      comment: 'The machine runs in a browser, too: only host-node/ uses Node.',
      severity: 'error',
      from: { path: '^(formats|emulator)/', pathNot: ['^emulator/host-node/', FOR_TESTS] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'for-tests',
      comment: 'What is there for tests is no part of the product.',
      severity: 'error',
      from: { pathNot: FOR_TESTS },
      to: { path: FOR_TESTS },
    },
    {
      name: 'dev-package',
      comment: 'A package that is not among the dependencies of package.json is not there for those who install this one.',
      severity: 'error',
      // What runs in a page is bundled whole.
      from: { path: '^(formats|emulator|sdk|kernel)/', pathNot: ['^kernel/host-web/', FOR_TESTS] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'undetermined'], pathNot: WITHOUT_INSTALLATION },
    },
    { name: 'missing', comment: 'It cannot be found.', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^virtbook/' } },
  ],
  options: { tsPreCompilationDeps: true, doNotFollow: { path: 'node_modules' }, exclude: { path: '(^|/)(dist|\\.virtbook)/' } },
};
