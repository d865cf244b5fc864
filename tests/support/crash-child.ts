/**
 * A whole network in a process of its own, which kills itself right after the n-th durable step that its parent names.
 *
 * Arguments: folder, n (0: never). Speaks JSON lines: `{ready}` and `{step}`; reads `arm` on standard input.
 *
 * @module
 */
import { startDevnet } from '@quorate/devnet';

const [dir = '', countText = '0'] = process.argv.slice(2);
const fatal = Number(countText);
let armed = false;
let count = 0;
const say = (line: unknown): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);

/** Counts every durable step of every signer and of the server while armed; at the fatal one nothing more is done. */
function durable(who: string, step: string): void {
  if (!armed) return;
  count++;
  if (count === fatal) {
    // Written before the end, since a killed process flushes nothing.
    say({ step: `${who}/${step}`, count, killed: true });
    process.kill(process.pid, 'SIGKILL');
  }
  say({ step: `${who}/${step}`, count });
}

const devnet = await startDevnet({
  dir,
  port: 0,
  testFixtures: true,
  tables: 'off',
  allowExport: true,
  hooks: { server: { durable: (step) => durable('server', step) }, signer: (number) => ({ durable: (step) => durable(`signer ${number}`, step) }) },
});
say({ ready: { url: devnet.url, admin: devnet.admin, genesisHash: devnet.genesisHash, genesis: devnet.genesis } });
process.stdin.on('data', () => {
  armed = true;
  say({ armed: true });
});
process.stdin.on('end', () => void devnet.stop().then(() => process.exit(0)));
