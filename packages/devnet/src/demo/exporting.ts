/**
 * Scenes in which a key leaves: to its owner, and for good.
 *
 * @module
 */
import { createExportContext, type Recovered } from '@quorate/client';
import { hex } from '@quorate/wire';
import { stringToHex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { give, type Owner, switchExport } from './people.ts';
import { type DemoWallet, expectSigned, makeWallet, signMessage } from './signing.ts';
import { refusalOf, type Stage } from './stage.ts';

export function refuseExports(stage: Stage, owner: Owner, wallet: DemoWallet): Promise<void> {
  const { show, admin, tag } = stage;
  const attempt = (): Promise<unknown> => owner.client.wallets.exportWallet({ walletId: wallet.id, body: exportBody() });
  return show.step(
    'An export without the right to it is refused',
    'export needs a permission and a switch, each set by an act that the signers checked; until then the key stays',
    async () => {
      show.fact('without permission', await refusalOf(attempt(), 'auth/forbidden'));
      await give({ admin, name: `exports-${tag}`, operations: ['Keys:Export'], to: owner.userId });
      show.fact('permission given', 'Keys:Export');
      show.fact('while switched off', await refusalOf(attempt(), 'export/disabled'));
      show.fact('switched on by', `the administrator’s signature, held by ${await switchExport(stage.devnet, true)}`);
      await signMessage(owner.client, wallet, 'Still here.');
      show.fact('the wallet', 'still signs');
    },
  );
}

export function exportKey(stage: Stage, owner: Owner, wallet: DemoWallet): Promise<void> {
  const { show } = stage;
  return show.step(
    'The owner takes the key out',
    'every share was checked against the certificate, and the recovered key is the wallet’s: same address, its signatures verify',
    async () => {
      const { secret, report } = await recover(stage, owner, wallet);
      show.fact('shares used', numbers(stage, report.used));
      show.fact('retired by', `${report.tombstones.held} of ${report.tombstones.of} signers`);
      show.fact('checked', report.checked.join(', '));
      try {
        const account = privateKeyToAccount(`0x${hex.encode(secret.bytes())}`);
        if (account.address !== wallet.address) throw new Error(`the recovered key has the address ${account.address}`);
        const text = 'Signed by the owner alone.';
        await expectSigned(wallet, text, await account.signMessage({ message: text }));
        show.fact('recovered address', account.address);
      } finally {
        secret.wipe();
      }
    },
  );
}

export function refuseToSign({ show }: Stage, owner: Owner, wallet: DemoWallet): Promise<void> {
  return show.step('The wallet refuses to sign', 'what has been exported is retired at its signers: there is one holder of the key now, not two', async () => {
    const attempt = owner.client.wallets.generateSignature({ walletId: wallet.id, body: { kind: 'Message', message: stringToHex('Once more?') } });
    show.fact('signature', await refusalOf(attempt, 'key/retired'));
  });
}

export function exportWithLiar(stage: Stage, owner: Owner, liar: number): Promise<void> {
  const { show, devnet } = stage;
  return show.step(
    'Another key is exported, and one signer lies about its share',
    'a well-formed share that is not the signer’s is found out by itself, its sender is named, and the others’ shares suffice',
    async () => {
      const wallet = await makeWallet(stage, owner);
      show.fact('wallet', `${wallet.id}, ${wallet.address}`);
      stage.lies = true;
      try {
        const { secret, report } = await recover(stage, owner, wallet);
        secret.wipe();
        const named = report.blamed.map(
          ({ signerId, reason, proven }) => `signer ${devnet.signers.numberOf(signerId)}: ${reason}${proven ? ', under its own signature' : ''}`,
        );
        if (report.blamed.length !== 1 || devnet.signers.numberOf(report.blamed[0]?.signerId ?? '') !== liar)
          throw new Error(`blamed: ${named.join('; ') || 'nobody'}`);
        show.fact('named', named.join('; '));
        show.fact('recovered from', numbers(stage, report.used));
      } finally {
        stage.lies = false;
      }
    },
  );
}

type Body = Parameters<Owner['client']['wallets']['exportWallet']>[0]['body'];

/** A well-formed request for a key that nobody keeps: for exports that are to be refused. */
function exportBody(): Body {
  using context = createExportContext();
  return context.request() as Body;
}

async function recover({ devnet: { genesis, genesisHash } }: Stage, owner: Owner, wallet: DemoWallet): Promise<Recovered> {
  using context = createExportContext();
  const answer = await owner.client.wallets.exportWallet({ walletId: wallet.id, body: context.request() as Body });
  const { publicKey, keyId, certificate } = wallet;
  return await context.recover(answer, { expectedPublicKey: publicKey, keyId, certificate, genesis, genesisHash });
}

const numbers = ({ devnet }: Stage, ids: readonly string[]): string =>
  `signers ${ids
    .map((id) => devnet.signers.numberOf(id))
    .sort((a, b) => a - b)
    .join(', ')}`;
