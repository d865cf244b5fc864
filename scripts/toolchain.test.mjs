import { describe, expect, test } from 'vitest';
import { atLeast, cargoProblem, installCommand, neededRust, planForTools, readVersion } from './toolchain.mjs';

describe('cargo', () => {
  test('versions are read and compared as numbers', () => {
    expect(readVersion('cargo 1.95.0 (f2d3ce0bd 2026-03-21)')).toEqual([1, 95, 0]);
    expect(readVersion('1.95')).toEqual([1, 95, 0]);
    expect(readVersion('none')).toBeNull();
    expect(atLeast([1, 100, 0], [1, 95, 0])).toBe(true);
    expect(atLeast([1, 95, 0], [1, 95, 0])).toBe(true);
    expect(atLeast([1, 94, 9], [1, 95, 0])).toBe(false);
  });

  test('the needed version comes from Cargo.toml', () => {
    expect(neededRust('[workspace.package]\nrust-version = "1.95"\n')).toBe('1.95');
    expect(readVersion(neededRust())).not.toBeNull();
  });

  test('a missing or old cargo gets one sentence that names both versions, a good one none', () => {
    expect(cargoProblem(null, '1.95')).toContain('Rust 1.95');
    const old = cargoProblem('cargo 1.63.0', '1.95');
    expect(old).toContain('cargo 1.63.0');
    expect(old).not.toContain('\n');
    expect(cargoProblem('cargo 1.95.0', '1.95')).toBeNull();
    expect(cargoProblem('cargo 2.0.0', '1.95')).toBeNull();
  });
});

describe('tools that GMP needs', () => {
  const machine = { missing: ['m4'], isRoot: true, isDebian: true, noApt: false, isTerminal: false };

  test('nothing missing: GMP', () => {
    expect(planForTools({ ...machine, missing: [] })).toBe('gmp');
  });

  test('root on Debian is asked on a terminal and told without one', () => {
    expect(planForTools({ ...machine, isTerminal: true })).toBe('ask');
    expect(planForTools(machine)).toBe('install');
  });

  test('nothing is installed where it is forbidden, by another user or on another system', () => {
    expect(planForTools({ ...machine, noApt: true })).toBe('fallback');
    expect(planForTools({ ...machine, isRoot: false })).toBe('fallback');
    expect(planForTools({ ...machine, isDebian: false, isTerminal: true })).toBe('fallback');
  });

  test('the command that is named is one of this system', () => {
    expect(installCommand(['m4', 'make'], (program) => program === 'dnf')).toBe('sudo dnf install m4 make');
    expect(installCommand(['m4'], (program) => program === 'apk')).toBe('sudo apk add m4');
    expect(installCommand(['m4', 'make'], () => false)).toBe('install m4 and make');
  });
});
