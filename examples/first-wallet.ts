/**
 * A first administrator's first steps on a network of one's own (docs/operate.md): switches export on, makes a wallet,
 * signs, exports the key, and switches export off again.
 *
 * The argument is a file that says where everything is: see the document.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { DfnsApiClient } from '@dfns/sdk';
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import { connect, createExportContext, guard, verifyWallet } from '@quorate/client';
import { getOrganisation, updateOrganisationSettings } from '@quorate/wire';
import { bytesToHex, recoverMessageAddress, stringToHex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

const file = process.argv[2] ?? 'admin.json';
const { baseUrl, genesisHash, credId, privateKeyFile, authTokenFile } = JSON.parse(await readFile(file, 'utf8'));
const secret = async (path: string) => (await readFile(resolve(dirname(file), path), 'utf8')).trim();
const [privateKey, authToken] = await Promise.all([secret(privateKeyFile), secret(authTokenFile)]);
const signer = new AsymmetricKeySigner({ credId, privateKey });

// The genesis comes from the server, and is held against the hash that you were told.
const { orgId, genesis } = await connect({ baseUrl, authToken, orgId: '', genesisHash }).call(getOrganisation);
const connection = connect({ baseUrl, authToken, orgId, genesisHash, signer });
const client = guard(new DfnsApiClient({ baseUrl, orgId, authToken, signer }), { orgId, genesisHash });

const allowExport = async (exportEnabled: boolean) => {
  const { certified } = await connection.call(updateOrganisationSettings, { body: { exportEnabled } });
  console.log(`export ${exportEnabled ? 'on' : 'off'}, stored by ${certified?.stored} of ${certified?.signers} signers`);
};

await allowExport(true);

const wallet = await client.wallets.createWallet({ body: { network: 'EthereumSepolia' } });
const { publicKey, certificate, address } = await verifyWallet(wallet, { genesis, genesisHash });
console.log('wallet', wallet.id, address);

const message = 'from three signers';
const { signature } = await client.wallets.generateSignature({ walletId: wallet.id, body: { kind: 'Message', message: stringToHex(message) } });
console.log('signed by', await recoverMessageAddress({ message, signature: signature?.encoded as `0x${string}` }));

using context = createExportContext();
const answer = await client.wallets.exportWallet({ walletId: wallet.id, body: context.request() });
const recovered = await context.recover(answer, { expectedPublicKey: publicKey, genesis, genesisHash, certificate });
console.log(`recovered from ${recovered.report.used.length} shares the key of`, privateKeyToAccount(bytesToHex(recovered.secret.bytes())).address);
recovered.secret.wipe();

await allowExport(false);
