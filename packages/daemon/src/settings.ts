/**
 * What a daemon is configured with: a file, over it the environment, over that flags. Secrets come from files, or from
 * the environment, and never from flags, which every user of a host can read.
 *
 * @module
 */
import { statSync } from 'node:fs';
import { isAbsolute, dirname, join } from 'node:path';
import type * as z from 'zod';
import { readText } from './files.ts';
import { CannotRun } from './exit.ts';
import { readYamlFile } from './yaml-file.ts';

export interface Setting {
  /** One line for `--help`. */
  readonly about: string;
  /** Of the text that was given, or of `undefined`; of a list, of texts. */
  readonly schema: z.ZodType;
  readonly kind?: 'text' | 'list' | 'secret' | 'path' | 'paths';
}
export type Settings = Readonly<Record<string, Setting>>;
export type ValuesOf<S extends Settings> = { readonly [K in keyof S]: z.output<S[K]['schema']> };

/** A setting as it came, and from where. */
interface Given {
  readonly value: string | readonly string[];
  readonly from: string;
}

export interface Resolved<S extends Settings> {
  /** `null` where there is a fault. */
  readonly values: ValuesOf<S> | null;
  /** What is wrong, one sentence each, without any value of a secret. */
  readonly faults: readonly string[];
  /** What should not stay. */
  readonly warnings: readonly string[];
  /** Every setting with its value and where it comes from, secrets masked: what `--check` prints. */
  readonly report: readonly string[];
}

export interface Sources {
  /** Such as `QUORATE_SIGNER_`. */
  readonly prefix: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** By flag name without dashes in front: `data-dir`. */
  readonly flags: Readonly<Record<string, string | readonly string[] | boolean | undefined>>;
  /** Further settings that a file may hold, for it is one file for all commands of a program. */
  readonly others?: Settings;
}

const flagOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const variableOf = (prefix: string, name: string): string => prefix + flagOf(name).replaceAll('-', '_').toUpperCase();
/** A secret lies in a file, whose path is what flags and the configuration file tell. */
const inFile = (name: string): string => `${name}File`;

/** Names of the flags, and whether they may be given several times. */
export function flagsFor(settings: Settings): Record<string, { readonly type: 'string'; readonly multiple: boolean }> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, { kind }]) => [
      flagOf(kind === 'secret' ? inFile(name) : name),
      { type: 'string', multiple: kind === 'list' || kind === 'paths' },
    ]),
  );
}

/** Lines for `--help`. */
export function describeSettings(settings: Settings, prefix: string): string[] {
  return Object.entries(settings).map(([name, { about, kind }]) => {
    const given = kind === 'secret' ? inFile(name) : name;
    return `  --${flagOf(given).padEnd(20)} ${variableOf(prefix, given).padEnd(36)} ${about}`;
  });
}

/** Reads all three sources. @throws {CannotRun} only where the configuration file cannot be read at all */
export function resolveSettings<S extends Settings>(settings: S, { prefix, env, flags, others = {} }: Sources): Resolved<S> {
  const faults: string[] = [];
  const warnings: string[] = [];
  const report: string[] = [];
  const values: Record<string, unknown> = {};
  const path = typeof flags['config'] === 'string' ? flags['config'] : env[`${prefix}CONFIG`];
  const file = path === undefined || path === '' ? {} : readConfiguration(path, { ...others, ...settings }, faults);
  const text = (name: string): Given | null => {
    const flag = flags[flagOf(name)];
    if (typeof flag === 'string' || Array.isArray(flag)) return { value: flag as string | readonly string[], from: `--${flagOf(name)}` };
    const variable = env[variableOf(prefix, name)];
    if (variable !== undefined && variable !== '') return { value: variable, from: variableOf(prefix, name) };
    return file[name] ?? null;
  };

  for (const [name, { schema, kind = 'text' }] of Object.entries(settings)) {
    const before = faults.length;
    const given = kind === 'secret' ? secret(name, { prefix, env, text, faults, warnings }) : text(name);
    const isList = kind === 'list' || kind === 'paths';
    const value = given === null || !isList || typeof given.value !== 'string' ? given?.value : given.value.split(',').map((item) => item.trim());
    const read = schema.safeParse(value);
    if (read.success) values[name] = read.data;
    else if (faults.length === before) {
      faults.push(given === null ? missing(name, kind, prefix) : `${name} (${given.from}) ${read.error.issues[0]?.message ?? 'is not understood'}.`);
    }
    const shown = kind === 'secret' ? (given === null ? 'not set' : '[secret]') : describe(read.success ? read.data : value);
    report.push(`${name.padEnd(18)} ${shown}  (${given?.from ?? (read.success && read.data !== undefined ? 'default' : 'not set')})`);
  }
  return { values: faults.length === 0 ? (values as ValuesOf<S>) : null, faults, warnings, report };
}

function missing(name: string, kind: NonNullable<Setting['kind']>, prefix: string): string {
  const given = kind === 'secret' ? inFile(name) : name;
  return `${name} is missing: set ${given} in the configuration file, ${variableOf(prefix, given)}, or --${flagOf(given)}.`;
}

const describe = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : value === undefined ? '-' : String(value));

interface SecretSources {
  readonly prefix: string;
  readonly env: Sources['env'];
  readonly text: (name: string) => Given | null;
  readonly faults: string[];
  readonly warnings: string[];
}

function secret(name: string, { prefix, env, text, faults, warnings }: SecretSources): Given | null {
  const direct = env[variableOf(prefix, name)];
  const pointer = text(inFile(name));
  if (direct !== undefined && direct !== '') {
    if (pointer !== null) faults.push(`${name} is given twice, by ${variableOf(prefix, name)} and by ${pointer.from}: keep one.`);
    return { value: direct, from: variableOf(prefix, name) };
  }
  if (pointer === null) return null;
  const path = String(pointer.value);
  try {
    if ((statSync(path).mode & 0o004) !== 0) warnings.push(`${path} is a secret and everybody on this host can read it: chmod 600.`);
    return { value: readText(path, 'The file').trim(), from: `${pointer.from}: ${path}` };
  } catch (error) {
    faults.push(`${name} (${pointer.from}): ${error instanceof CannotRun ? error.message : `${path} cannot be read.`}`);
    return null;
  }
}

/** Members by name. Paths in it start at its folder. */
function readConfiguration(path: string, settings: Settings, faults: string[]): Readonly<Record<string, Given | undefined>> {
  const content = readYamlFile(path);
  if (content === null) return {};
  if (typeof content !== 'object' || Array.isArray(content)) throw new CannotRun('configuration', `${path} must hold settings, one \`name: value\` a line.`);
  const known: Record<string, Given> = {};
  for (const [name, value] of Object.entries(content as Record<string, unknown>)) {
    const secretName = name.endsWith('File') && settings[name.slice(0, -4)]?.kind === 'secret';
    const setting = Object.hasOwn(settings, name) ? settings[name] : undefined;
    if (setting?.kind === 'secret') faults.push(`${path} holds ${name} itself: put it into a file of its own, mode 0600, and name that as ${inFile(name)}.`);
    else if (setting === undefined && !secretName) faults.push(`${path} has ${JSON.stringify(name.slice(0, 40))}, which is no setting: see --help.`);
    else if (!isText(value) && !(Array.isArray(value) && value.every(isText))) faults.push(`${name} in ${path} must be a text, a number or a list of texts.`);
    else {
      const at = (item: string): string =>
        (secretName || setting?.kind === 'path' || setting?.kind === 'paths') && !isAbsolute(item) ? join(dirname(path), item) : item;
      known[name] = { value: Array.isArray(value) ? value.map((item) => at(String(item))) : at(String(value)), from: path };
    }
  }
  return known;
}

const isText = (value: unknown): value is string | number | boolean => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
