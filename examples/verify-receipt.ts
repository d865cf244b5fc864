import { readFile } from 'node:fs/promises';
import { verifyReceipt } from '@quorate/client';

// Offline: all this needs is the file and the genesis hash that you trust, which you have from elsewhere than the file.
const [file, genesisHash] = process.argv.slice(2);
if (file === undefined || genesisHash === undefined) throw new Error('usage: verify-receipt.ts <receipt.json> <genesis hash>');

try {
  const { claims, retired } = await verifyReceipt(await readFile(file), genesisHash);
  for (const { claim, proven, by } of claims) console.log(`${proven ? 'proven    ' : 'not proven'}  ${claim}\n            by: ${by}`);
  console.log(
    `${retired.signers.length} of ${retired.of} signers have retired the key; ${retired.wouldHaveToLie} of them would have to lie for it to sign again`,
  );
} catch (error) {
  const { code = 'failed', message } = error as Error & { code?: string };
  console.error(`refused: ${code}: ${message}`);
  process.exitCode = 1;
}
