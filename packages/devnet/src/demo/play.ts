/**
 * The demo: from five fresh signers to a key that its owner holds alone.
 *
 * @module
 */
import * as mpc from '@quorate/mpc';
import { type DevnetOptions, startDevnet } from '../devnet.ts';
import { isExportOn } from '../export-setting.ts';
import { lyingMpc } from '../liar.ts';
import { exportKey, exportWithLiar, refuseExports, refuseToSign } from './exporting.ts';
import { hireOwner, switchExport } from './people.ts';
import type { Show } from './show.ts';
import { bearWallet, signByThree, signWithOneDown } from './signing.ts';
import { clientOf, type Stage } from './stage.ts';

/** The signer that lies when told to. */
const LIAR = 4;

export type PlayOptions = Pick<DevnetOptions, 'dir' | 'testFixtures'> & { readonly show: Show };

export async function play({ show, ...options }: PlayOptions): Promise<void> {
  const liar = { lies: false };
  await using devnet = await show.step(
    'Five signers and a server start',
    'each signer holds its own keys and its own store; any three of five are a quorum, and the server is none of them',
    async () => {
      const devnet = await startDevnet({
        ...options,
        port: 0,
        // They pay off after some dozens of signatures; here are five.
        tables: 'off',
        onProgress: show.onProgress,
        mpcOf: (number) => (number === LIAR ? lyingMpc(mpc, () => liar.lies) : undefined),
      });
      show.fact('network', devnet.fresh ? 'founded just now' : 'kept from an earlier run: keys, primes and aux info were there');
      show.fact('genesis hash', devnet.genesisHash);
      show.fact('big integers', mpc.buildInfo().bigint);
      show.fact('API', devnet.url);
      return devnet;
    },
  );
  // Kept data may have export switched on already; the demo begins with it off.
  if (await isExportOn(devnet.admin)) await switchExport(devnet, false);
  const stage: Stage = {
    devnet,
    show,
    admin: clientOf(devnet, devnet.admin),
    tag: Date.now().toString(36),
    get lies() {
      return liar.lies;
    },
    set lies(value) {
      liar.lies = value;
    },
  };
  const owner = await hireOwner(stage);
  const wallet = await bearWallet(stage, owner);
  await signByThree(stage, owner, wallet);
  await signWithOneDown(stage, owner, wallet);
  await refuseExports(stage, owner, wallet);
  await exportKey(stage, owner, wallet);
  await refuseToSign(stage, owner, wallet);
  await exportWithLiar(stage, owner, LIAR);
}
