/**
 * A program with commands: reads its command line, runs one, and ends with an exit code. Answers go to standard output,
 * everything said about them to standard error.
 *
 * @module
 */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { isRefusal } from '@quorate/wire';
import { CannotRun, causeOf, type ExitCode, exitCodes } from './exit.ts';
import { describeSettings, flagsFor, type Resolved, resolveSettings, type Settings, type ValuesOf } from './settings.ts';

/** What a command is given besides its own flags. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A line of the answer. */
  readonly out: (line: string) => void;
  /** A line about it. */
  readonly say: (line: string) => void;
}

export type Flags = Readonly<Record<string, string | readonly string[] | boolean | undefined>>;

interface AnyCommand {
  readonly about: string;
  /** Its own flags, with what follows them. */
  readonly flags?: Readonly<Record<string, { readonly about: string; readonly multiple?: true; readonly bare?: true }>>;
}

/** Runs with what was configured for these settings. */
export interface Command<S extends Settings = Settings> extends AnyCommand {
  readonly settings: S;
  run(values: ValuesOf<S>, flags: Flags, around: Surroundings): Promise<ExitCode>;
  /** What `--check` looks at beyond the settings themselves: facts worth printing. @throws {CannotRun} for what is wrong */
  check?(values: ValuesOf<S>): Promise<readonly string[]>;
}

/** Keeps the types of a command's settings together. */
export const command = <S extends Settings>(given: Command<S>): Command => given as unknown as Command;

export interface Program {
  readonly name: string;
  readonly version: string;
  readonly about: string;
  /** Of its variables, such as `QUORATE_SIGNER_`. */
  readonly prefix: string;
  readonly commands: Readonly<Record<string, Command>>;
}

/** @returns the exit code; never throws */
export async function runProgram(program: Program, argv: readonly string[], around: Surroundings): Promise<ExitCode> {
  try {
    return await run(program, argv, around);
  } catch (error) {
    const { exitCode, text } = explain(error);
    around.say(`${program.name}: ${text}`);
    return exitCode;
  }
}

async function run(program: Program, argv: readonly string[], around: Surroundings): Promise<ExitCode> {
  const [first = '--help', ...others] = argv;
  const answer = (text: string): ExitCode => {
    around.out(text);
    return exitCodes.ok;
  };
  if (first === '--version') return answer(`${program.name} ${program.version}`);
  if (first === '--help') return answer(overview(program));
  // The daemon's own flags alone mean its start.
  const [name, rest] = first.startsWith('--') ? ['start', argv] : [first, others];
  const chosen = Object.hasOwn(program.commands, name) ? program.commands[name] : undefined;
  if (chosen === undefined) throw new CannotRun('usage', `there is no command ${JSON.stringify(name.slice(0, 40))}; see ${program.name} --help.`);
  const flags = readFlags(chosen, rest);
  if (flags['help'] === true) return answer(manual(program, name, chosen));
  const resolved = resolveSettings(chosen.settings, { prefix: program.prefix, env: around.env, flags, others: allSettings(program) });
  for (const warning of resolved.warnings) around.say(`warning: ${warning}`);
  if (flags['check'] === true) return check(chosen, resolved, around);
  if (resolved.values === null)
    throw new CannotRun('configuration', `${resolved.faults.join('\n')}\n${program.name} ${name} --check prints the whole configuration.`);
  return chosen.run(resolved.values, flags, around);
}

/** Of all commands: one file serves them all, and each reads what it needs. */
const allSettings = ({ commands }: Program): Settings => Object.assign({}, ...Object.values(commands).map(({ settings }) => settings)) as Settings;

async function check(chosen: Command, { values, faults, report }: Resolved<Settings>, { out, say }: Surroundings): Promise<ExitCode> {
  for (const line of report) out(line);
  const found = [...faults];
  if (values !== null) {
    try {
      for (const fact of (await chosen.check?.(values)) ?? []) out(fact);
    } catch (error) {
      found.push(explain(error).text);
    }
  }
  for (const fault of found) say(`wrong: ${fault}`);
  if (found.length > 0) return exitCodes.configuration;
  out('The configuration is good.');
  return exitCodes.ok;
}

function readFlags(chosen: Command, args: readonly string[]): Flags {
  const own = Object.entries(chosen.flags ?? {}).map(
    ([flag, { multiple, bare }]) => [flag, { type: bare ? 'boolean' : 'string', multiple: multiple === true }] as const,
  );
  const options: ParseArgsOptionsConfig = {
    ...flagsFor(chosen.settings),
    ...Object.fromEntries(own),
    config: { type: 'string' },
    check: { type: 'boolean' },
    help: { type: 'boolean' },
  };
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values as Flags;
  } catch (error) {
    // Node's text quotes what was given, which somebody may have taken from a secret.
    throw new CannotRun('usage', `the command line is not understood (${causeOf(error)}); see --help.`);
  }
}

function overview({ name, about, commands }: Program): string {
  const width = Math.max(...Object.keys(commands).map((command) => command.length));
  const lines = Object.entries(commands).map(([command, chosen]) => `  ${command.padEnd(width)}  ${chosen.about}`);
  const codes = Object.entries(exitCodes).map(([word, code]) => `${code} ${word}`);
  return `${name}: ${about}\n\n${lines.join('\n')}\n\n${name} COMMAND --help tells the settings of a command, --version the version.\nExit codes: ${codes.join(', ')}.`;
}

function manual({ name, prefix }: Program, command: string, chosen: Command): string {
  const own = Object.entries(chosen.flags ?? {}).map(([flag, { about }]) => `  --${flag.padEnd(20)} ${about}`);
  return [
    `${name} ${command}: ${chosen.about}`,
    ...(own.length > 0 ? ['', ...own] : []),
    '',
    'Settings, from a file (--config, YAML), over it the environment, over that flags:',
    ...describeSettings(chosen.settings, prefix),
    `  --check${' '.repeat(15)}prints the settings without secrets, and what is wrong with them.`,
  ].join('\n');
}

/** What of an error an operator may read: our own sentences; of others the name and place, for their text may quote anything. */
function explain(error: unknown): { readonly exitCode: ExitCode; readonly text: string } {
  if (error instanceof CannotRun) return { exitCode: error.exitCode, text: error.message };
  if (isRefusal(error)) return { exitCode: exitCodes.refused, text: `${error.message} (${error.code})` };
  const place =
    error instanceof Error
      ? error.stack
          ?.split('\n')
          .find((line) => /^\s+at /.test(line))
          ?.trim()
      : undefined;
  return { exitCode: exitCodes.internal, text: `failed (${causeOf(error)}${place === undefined ? '' : `, ${place}`}).` };
}

/** The text of a flag that must be there. @throws {CannotRun} */
export function needed(flags: Flags, name: string): string {
  const value = flags[name];
  if (typeof value !== 'string' || value === '') throw new CannotRun('usage', `--${name} is missing; see --help.`);
  return value;
}

/** The texts of a flag that may come several times. */
export const several = (flags: Flags, name: string): readonly string[] => (Array.isArray(flags[name]) ? (flags[name] as readonly string[]) : []);
