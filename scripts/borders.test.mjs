import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { root } from './processes.mjs';

/** Who may import whom. Written down a second time on purpose: the linter's settings are held against it. */
const allowed = {
  wire: [],
  authority: ['wire'],
  chains: ['wire'],
  link: ['wire'],
  daemon: ['wire', 'link'],
  mpc: [],
  signer: ['wire', 'authority', 'chains', 'link', 'daemon', 'mpc'],
  server: ['wire', 'authority', 'chains', 'link', 'daemon'],
  client: ['wire', 'authority', 'chains'],
  console: ['wire', 'client'],
  devnet: ['wire', 'authority', 'chains', 'link', 'mpc', 'signer', 'server', 'client'],
};
const rooms = Object.keys(allowed);

describe('import borders', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'quorate-borders-')));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const put = (path, text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const file of ['biome.json', '.gitignore']) cpSync(join(root, file), join(folder, file));
  for (const room of rooms) {
    for (const other of rooms) put(`packages/${room}/src/by-name-${other}.ts`, `export * from '@quorate/${other}';\n`);
    put(`packages/${room}/src/deep/by-path.ts`, `export * from '../../../wire/src/index.ts';\n`);
    put(`packages/${room}/src/deep/by-file.ts`, `export * from '@quorate/wire/src/index.ts';\n`);
    put(`packages/${room}/src/deep/own.ts`, `export * from '../own.ts';\n`);
  }
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const lint = spawnSync(process.execPath, [biome, 'lint', '--only=style/noRestrictedImports', '--max-diagnostics=none', '--reporter=github'], {
    cwd: folder,
    encoding: 'utf8',
  });
  const refused = new Set([...lint.stdout.matchAll(/,file=([^,]+),/g)].map((found) => relative(folder, found[1])));

  test.each(rooms)('%s imports its own neighbours and no others', (room) => {
    for (const other of rooms) expect([other, refused.has(`packages/${room}/src/by-name-${other}.ts`)]).toEqual([other, !allowed[room].includes(other)]);
  });

  test.each(rooms)('%s does not reach another room by path', (room) => {
    expect(refused.has(`packages/${room}/src/deep/by-path.ts`)).toBe(true);
    expect(refused.has(`packages/${room}/src/deep/by-file.ts`)).toBe(true);
    expect(refused.has(`packages/${room}/src/deep/own.ts`)).toBe(false);
  });
});
