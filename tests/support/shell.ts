/** A shell on a host: blocks are typed into it one after the other, and what one of them sets, the next ones know. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Shell extends AsyncDisposable {
  /** Resolves with what was printed once every command has ended well. */
  type(text: string): Promise<string>;
  /** One command that goes on running; what it prints is for `printed`. */
  keep(text: string): Promise<void>;
  /** Ends what was kept running by SIGTERM; its exit codes. */
  stop(): Promise<readonly number[]>;
  /** All that was printed, by what is kept running too. */
  printed(): Promise<string>;
}

/** Must not outlive this process, however it ends. */
const daemons = new Set<number>();
const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
};
process.once('exit', () => daemons.forEach(kill));

export function openShell(name: string, dir: string, env: Readonly<Record<string, string>>): Shell {
  const bash: ChildProcess = spawn('bash', ['--noprofile', '--norc'], { cwd: dir, env, stdio: ['pipe', 'pipe', 'pipe'] });
  const closed = once(bash, 'close');
  const kept: { readonly pid: number; readonly log: string }[] = [];
  let [said, open, count] = ['', true, 0];
  for (const stream of [bash.stdout, bash.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk));
  void closed.then(() => (open = false));
  bash.stdin?.write('set -e -o pipefail\nexec 2>&1\n');

  /** The answer of the shell itself, from the line that says it is done. */
  async function ask(text: string): Promise<{ readonly out: string; readonly last: string }> {
    const mark = randomUUID();
    const before = said.length;
    const done = new RegExp(`^${mark} (.*)$`, 'm');
    bash.stdin?.write(`${text}\nprintf '\\n%s %s\\n' ${mark} "$answer"\n`);
    for (;;) {
      const found = done.exec(said.slice(before));
      if (found !== null) return { out: said.slice(before, before + found.index), last: found[1] ?? '' };
      if (!open) throw new Error(`${name}: a command failed:\n${said.slice(before)}`);
      await Promise.race([once(bash.stdout as NodeJS.EventEmitter, 'data'), closed]);
    }
  }

  return {
    async type(text) {
      const file = join(dir, `.typed-${++count}.sh`);
      await writeFile(file, `${text}\n`);
      // What a command reads must not be the next one.
      return (await ask(`. '${file}' < /dev/null; answer=`)).out;
    },
    async keep(text) {
      if (text.includes('\n')) throw new Error(`${name}: one command at a time keeps running`);
      const log = join(dir, `.kept-${++count}.log`);
      const { last } = await ask(`(exec ${text}) > '${log}' 2>&1 < /dev/null & answer=$!`);
      daemons.add(Number(last));
      kept.push({ pid: Number(last), log });
    },
    async stop() {
      const codes: number[] = [];
      for (const { pid } of kept.splice(0).reverse()) {
        codes.push(Number((await ask(`answer=0; kill -TERM ${pid}; wait ${pid} || answer=$?`)).last));
        daemons.delete(pid);
      }
      return codes;
    },
    async printed() {
      return said + (await Promise.all(kept.map(({ log }) => readFile(log, 'utf8')))).join('');
    },
    async [Symbol.asyncDispose]() {
      for (const { pid } of kept) {
        kill(pid);
        daemons.delete(pid);
      }
      bash.stdin?.end();
      bash.kill('SIGKILL');
      if (open) await closed;
    },
  };
}
