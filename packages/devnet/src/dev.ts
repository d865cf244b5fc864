/**
 * `npm run dev`: a network to work against, until it is interrupted.
 *
 * @module
 */
import { once } from 'node:events';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { CannotStart } from './cannot-start.ts';
import { createShow } from './demo/show.ts';
import { type Devnet, startDevnet } from './devnet.ts';
import { saidOnce } from './entry.ts';
import { isExportOn } from './export-setting.ts';
import { readPort } from './port.ts';

const USAGE = 'npm run dev -- [--data DIR] [--port N] [--host ADDRESS] [--allow-export]';

await saidOnce(async () => {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: '.quorate' },
      port: { type: 'string', default: '7310' },
      host: { type: 'string', default: '127.0.0.1' },
      'allow-export': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const port = readPort(values.port);
  if (port === null) throw new CannotStart(`--port takes a number from 0 to 65535.\n${USAGE}`);
  const show = createShow(process.stdout);
  const devnet = await startDevnet({ dir: values.data, port, host: values.host, allowExport: values['allow-export'], onProgress: show.onProgress });
  console.log(await welcome(devnet));
  await interruption();
  console.log('\nStopping …');
  await devnet.stop();
});

/** Resolves at the first SIGINT or SIGTERM. A second one ends the process at once, as one during the start does: nothing kept is harmed by that. */
async function interruption(): Promise<void> {
  const stop = new AbortController();
  await Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal, { signal: stop.signal })));
  stop.abort();
}

async function welcome(devnet: Devnet): Promise<string> {
  const admin = relative(process.cwd(), devnet.layout.admin);
  const exporting = (await isExportOn(devnet.admin)) ? 'on' : 'off (start with --allow-export to switch it on)';
  return `
Quorate runs at ${devnet.url}
   signers         ${devnet.signers.count}, of which any ${devnet.genesis.threshold} sign
   genesis hash    ${devnet.genesisHash}
   administrator   one service account; its key and token: ${admin}
   export          ${exporting}

Make a wallet (save as wallet.mjs in this folder and run it with node):

   import { readFileSync } from 'node:fs';
   import { DfnsApiClient } from '@dfns/sdk';
   import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';

   const { baseUrl, orgId, authToken, credId, privateKey } = JSON.parse(readFileSync('${admin}', 'utf8'));
   const dfns = new DfnsApiClient({ baseUrl, orgId, authToken, signer: new AsymmetricKeySigner({ credId, privateKey }) });
   const wallet = await dfns.wallets.createWallet({ body: { network: 'Ethereum' } });
   console.log(wallet.id, wallet.address);

Everything lies in ${relative(process.cwd(), devnet.layout.dir) || '.'}; Ctrl-C stops, the next start goes on from there.`;
}
