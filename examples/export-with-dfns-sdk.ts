import { readFile } from 'node:fs/promises';
import { DfnsApiClient } from '@dfns/sdk';
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import { createExportContext, guard, verifyWallet } from '@quorate/client';
import { bytesToHex, recoverMessageAddress, stringToHex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

const file = `${process.argv[2] ?? '.quorate'}/admin.json`;
// The genesis hash is what you trust: check it once with those who run the signers, and keep your own copy.
const { baseUrl, orgId, authToken, credId, privateKey, genesisHash } = JSON.parse(await readFile(file, 'utf8'));

// The genesis itself may come from anyone. Everything below holds it against the hash.
const organisation = await fetch(new URL('/organisation', baseUrl), { headers: { authorization: `Bearer ${authToken}` } });
const { genesis } = await organisation.json();

// The stock client, and a guard that lets it sign only the requests made here.
const stock = new DfnsApiClient({ baseUrl, orgId, authToken, signer: new AsymmetricKeySigner({ credId, privateKey }) });
const client = guard(stock, { orgId, genesisHash });

// A key is born on five signers. All of them signed its certificate; the address is derived from that, not believed.
const wallet = await client.wallets.createWallet({ body: { network: 'EthereumSepolia' } });
const { publicKey, certificate, address } = await verifyWallet(wallet, { genesis, genesisHash });
console.log('wallet', wallet.id, address);

// Three of them sign.
const message = 'from three signers';
const { signature } = await client.wallets.generateSignature({ walletId: wallet.id, body: { kind: 'Message', message: stringToHex(message) } });
console.log('signed by', await recoverMessageAddress({ message, signature: signature?.encoded as `0x${string}` }));

// Export: the signers retire the key and seal their shares to a one-time key that only this program holds.
using context = createExportContext();
const answer = await client.wallets.exportWallet({ walletId: wallet.id, body: context.request() });
const { secret, report } = await context.recover(answer, { expectedPublicKey: publicKey, genesis, genesisHash, certificate });
const { held, of } = report.tombstones;
console.log(`recovered from ${report.used.length} shares, ${report.blamed.length} liars; ${held} of ${of} signers have retired the key`);

// The key is yours alone now. Never print it; JavaScript cannot promise that wiping reaches every copy.
const account = privateKeyToAccount(bytesToHex(secret.bytes()));
console.log('recovered key has the address', account.address);
console.log('signed by', await recoverMessageAddress({ message, signature: await account.signMessage({ message }) }), 'without any signer');
secret.wipe();

// The wallet never signs again.
try {
  await client.wallets.generateSignature({ walletId: wallet.id, body: { kind: 'Message', message: stringToHex(message) } });
} catch (error) {
  console.log('refused:', (error as Error).message);
}
