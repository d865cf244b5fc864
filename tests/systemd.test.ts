/** The systemd units, as systemd itself reads them, where it is installed. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes } from '@quorate/daemon';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const units = fileURLToPath(new URL('../deploy/systemd', import.meta.url));
const names = readdirSync(units).sort();
const services = names.filter((name) => name.endsWith('.service'));
const read = (name: string): string => readFileSync(join(units, name), 'utf8');
const version = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
const missing = version.status !== 0 || Number(/systemd (\d+)/.exec(version.stdout)?.[1] ?? 0) < 250;
const titled = (title: string): string => (missing ? `${title} (needs systemd-analyze 250; on Debian: apt-get install systemd)` : title);

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'quorate-units-'));
  // The programs are not installed where tests run; systemd wants them to be there.
  mkdirSync(join(dir, 'bin'));
  for (const program of ['quorate-signer', 'quorate-server']) cpSync('/bin/sh', join(dir, 'bin', program));
  for (const name of names) writeFileSync(join(dir, name), read(name).replaceAll('/opt/quorate/bin/', `${join(dir, 'bin')}/`));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const analyze = (...args: string[]) => spawnSync('systemd-analyze', args, { encoding: 'utf8', env: { PATH: process.env.PATH, SYSTEMD_UNIT_PATH: `${dir}:` } });

describe('units', () => {
  test('are a signer, a server and a backup with its timer', () => {
    expect(names).toEqual(['quorate-server.service', 'quorate-signer-backup.service', 'quorate-signer-backup.timer', 'quorate-signer.service']);
  });

  test.skipIf(missing).each(names)(titled('%s is understood by systemd, without a warning'), (name) => {
    const { status, stdout, stderr } = analyze('verify', '--man=no', join(dir, name));
    expect({ status, said: `${stdout}${stderr}`.split('\n').filter((line) => line.includes('quorate')) }).toEqual({ status: 0, said: [] });
  });

  test.skipIf(missing).each(services)(titled('%s can do little to its host'), (name) => {
    const { status, stdout } = analyze('security', '--offline=yes', '--no-pager', '--threshold=40', join(dir, name));
    expect(status, stdout).toBe(0);
  });

  test.each(services)('%s leaves no core dump and gets no further rights', (name) => {
    for (const line of [
      'LimitCORE=0',
      'MemorySwapMax=0',
      'UMask=0077',
      'NoNewPrivileges=yes',
      'ProtectSystem=strict',
      'CapabilityBoundingSet=',
      'StateDirectoryMode=0700',
    ])
      expect(read(name).split('\n')).toContain(line);
    expect(read(name)).not.toMatch(/postgres:|MemoryDenyWriteExecute=yes/);
  });

  test.each(['quorate-server.service', 'quorate-signer.service'])('%s is not started again for what a restart does not mend', (name) => {
    const { usage, refused, configuration } = exitCodes;
    expect(read(name).split('\n')).toContain(`RestartPreventExitStatus=${usage} ${refused} ${configuration}`);
    expect(read(name)).toContain('Restart=on-failure');
  });
});
