import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { resolveSettings, type Settings } from './settings.ts';

const dir = mkdtempSync(join(tmpdir(), 'quorate-settings-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const put = (name: string, text: string, mode = 0o600): string => {
  const path = join(dir, name);
  writeFileSync(path, text, { mode });
  return path;
};

const settings = {
  name: { about: '', schema: z.string('is missing') },
  level: { about: '', schema: z.enum(['low', 'high'], 'is low or high').default('low') },
  items: { about: '', kind: 'list', schema: z.array(z.string()).default([]) },
  folder: { about: '', kind: 'path', schema: z.string().optional() },
  password: { about: '', kind: 'secret', schema: z.string().min(8, 'is too short').optional() },
} as const satisfies Settings;

const resolve = (flags: Record<string, string | string[]> = {}, env: Record<string, string> = {}) => resolveSettings(settings, { prefix: 'Q_', env, flags });
const SECRET = 'correct horse battery staple';

describe('settings', () => {
  test('come from the file, over it from the environment, over that from flags', () => {
    const config = put('a.yaml', 'name: of the file\nlevel: high\nitems: [a, b]\n');
    expect(resolve({ config }).values).toMatchObject({ name: 'of the file', level: 'high', items: ['a', 'b'] });
    expect(resolve({}, { Q_CONFIG: config, Q_NAME: 'of the environment', Q_ITEMS: 'c, d' }).values).toMatchObject({
      name: 'of the environment',
      level: 'high',
      items: ['c', 'd'],
    });
    expect(resolve({ config, name: 'of the flag', items: ['e'] }, { Q_NAME: 'of the environment' }).values).toMatchObject({
      name: 'of the flag',
      items: ['e'],
    });
  });

  test('say what is missing and how to set it, and what is not understood', () => {
    const { values, faults } = resolve({ level: 'middle' });
    expect(values).toBeNull();
    expect(faults).toEqual(['name is missing: set name in the configuration file, Q_NAME, or --name.', 'level (--level) is low or high.']);
    expect(resolve({ name: 'n', level: 'high' }).faults).toEqual([]);
  });

  test('in a file are refused where no setting has that name', () => {
    expect(resolve({ config: put('b.yaml', 'name: n\nnmae: m\nconstructor: x\n') }).faults).toEqual([
      expect.stringContaining('"nmae", which is no setting'),
      expect.stringContaining('"constructor", which is no setting'),
    ]);
    expect(resolve({ config: put('c.yaml', 'name: n\n') }).faults).toEqual([]);
  });

  test('of other commands may stand in the same file, and are read by those alone', () => {
    const config = put('c.yaml', 'name: n\ncolour: 7\n');
    const others = { colour: { about: '', schema: z.enum(['red']) } } satisfies Settings;
    expect(resolveSettings(settings, { prefix: 'Q_', env: {}, flags: { config }, others })).toMatchObject({ faults: [], values: { name: 'n' } });
    expect(resolve({ config }).faults).toEqual([expect.stringContaining('"colour", which is no setting')]);
    expect(resolveSettings({ ...settings, ...others }, { prefix: 'Q_', env: {}, flags: { config } }).faults).toHaveLength(1);
  });

  test('name paths from the folder of their file', () => {
    expect(resolve({ config: put('d.yaml', 'name: n\nfolder: here\n') }).values?.folder).toBe(join(dir, 'here'));
  });

  test('of a file that is no YAML, or hides a member or an alias, are not read, and nothing of it is quoted', () => {
    for (const text of [`name: "${SECRET}`, `name: ${SECRET}\nname: again\n`, `name: &a ${SECRET}\nfolder: *a\n`]) {
      const config = put('e.yaml', text);
      expect(() => resolve({ config })).toThrow(/not YAML|aliases/);
      expect(() => resolve({ config })).not.toThrow(SECRET);
    }
    expect(resolve({ config: put('e.yaml', 'name: n\n') }).faults).toEqual([]);
  });
});

describe('a secret', () => {
  const file = put('password', `${SECRET}\n`);

  test('comes from the environment or a file, and is in no report', () => {
    for (const { values, report } of [
      resolve({ name: 'n' }, { Q_PASSWORD: SECRET }),
      resolve({ name: 'n' }, { Q_PASSWORD_FILE: file }),
      resolve({ name: 'n', 'password-file': file }),
      resolve({ name: 'n', config: put('f.yaml', 'passwordFile: password\n') }),
    ]) {
      expect(values?.password).toBe(SECRET);
      expect(report.join('\n')).toContain('[secret]');
      expect(report.join('\n')).not.toContain(SECRET);
    }
  });

  test('in the configuration file itself, given twice, or not good enough is refused without quoting it', () => {
    const given = [
      resolve({ name: 'n', config: put('g.yaml', `password: ${SECRET}\n`) }),
      resolve({ name: 'n', 'password-file': file }, { Q_PASSWORD: SECRET }),
      resolve({ name: 'n' }, { Q_PASSWORD: 'hunter2' }),
      resolve({ name: 'n', 'password-file': join(dir, 'nowhere') }),
    ];
    for (const { values, faults, report } of given) {
      expect(values).toBeNull();
      expect(faults.length).toBe(1);
      expect([...faults, ...report].join('\n')).not.toMatch(/correct horse|hunter2/);
    }
    expect(resolve({ name: 'n', 'password-file': file }).values?.password).toBe(SECRET);
  });

  test('that everybody can read is warned of', () => {
    expect(resolve({ name: 'n', 'password-file': put('open', SECRET, 0o644) }).warnings).toEqual([expect.stringContaining('chmod 600')]);
    expect(resolve({ name: 'n', 'password-file': file }).warnings).toEqual([]);
  });
});
