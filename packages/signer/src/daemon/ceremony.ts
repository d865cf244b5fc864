/**
 * A signer's part of the bootstrap ceremony: its keys, its card, its primes and its approval.
 *
 * @module
 */
import {
  CannotRun,
  command,
  type Command,
  commonSettings,
  compareFingerprints,
  exitCodes,
  jsonText,
  makeApproval,
  makeNkey,
  publicNkey,
  makeSignerCard,
  needed,
  readDraft,
  several,
  signerFingerprint,
  type SignerCard,
  writeFresh,
} from '@quorate/daemon';
import { type Genesis, SignerId } from '@quorate/wire';
import { exists, filesIn } from '../files.ts';
import { keysIn, openIdentity, sameKeys } from '../identities.ts';
import { initSigner, makePrimes, makeSparePrimes } from '../init.ts';
import { realMpc } from '../mpc.ts';
import { rememberApproved } from './approved.ts';
import { ownFolder } from './own-folder.ts';
import { folderSettings } from './settings.ts';

/** @throws {CannotRun} where there is no signer */
function openOwn(dir: string) {
  const files = filesIn(dir);
  if (!exists(files.key) || !exists(files.identity)) throw new CannotRun('refused', `There is no signer in ${dir}: make one with \`quorate-signer init\`.`);
  return openIdentity(realMpc.openVault(files.key), dir);
}

function cardOf(dir: string): SignerCard {
  const identity = openOwn(dir);
  return makeSignerCard(keysIn(identity), publicNkey(filesIn(dir).nkey), (message) => identity.sign(message));
}

const outFlag = { out: { about: 'File to write, which must not be there yet.' } } as const;

const init = command({
  about: 'Makes the keys of a new signer and writes its card, which is public. Running it again changes no key.',
  settings: folderSettings,
  flags: outFlag,
  async run({ dataDir }, flags, { out, say }) {
    const { key, identity } = filesIn(dataDir);
    if (exists(identity) && !exists(key)) throw new CannotRun('refused', `${key} is missing, and nothing in the folder opens without it: restore it.`);
    await initSigner(dataDir);
    makeNkey(filesIn(dataDir).nkey);
    const card = cardOf(dataDir);
    if (flags['out'] !== undefined) writeFresh(needed(flags, 'out'), jsonText(card));
    out(signerFingerprint(card));
    say('This is the fingerprint of your signer. Send the card to whoever gathers the roster, and tell the fingerprint to every operator by another way.');
    return exitCodes.ok;
  },
});

const card = command({
  about: 'Prints the card, or writes it; the fingerprint goes to standard error.',
  settings: folderSettings,
  flags: outFlag,
  async run({ dataDir }, flags, { out, say }) {
    const own = cardOf(dataDir);
    if (flags['out'] === undefined) out(jsonText(own).trimEnd());
    else writeFresh(needed(flags, 'out'), jsonText(own));
    say(signerFingerprint(own));
    return exitCodes.ok;
  },
});

const primes = command({
  about: 'Makes the primes that the network will need, and a spare set; minutes of work. What is there already is kept.',
  settings: folderSettings,
  flags: { threads: { about: 'Cores to use. Default: all.' }, 'no-spare': { about: 'Without the spare set.', bare: true } },
  async run({ dataDir }, flags, { out, say }) {
    openOwn(dataDir);
    const threads = flags['threads'] === undefined ? undefined : Number(flags['threads']);
    if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= 256))
      throw new CannotRun('usage', '--threads takes a number from 1 to 256.');
    const release = ownFolder(dataDir);
    try {
      const sets = [['primes', makePrimes], ...(flags['no-spare'] === true ? [] : [['spare primes', makeSparePrimes] as const])] as const;
      for (const [name, make] of sets) {
        let shown = -1;
        const onProgress = (done: number): void => {
          const percent = Math.min(99, Math.floor(done * 100));
          if (percent >= shown + 10) say(`${name}: ${percent} % (expected)`);
          if (percent >= shown + 10) shown = percent;
        };
        await make(dataDir, { onProgress, ...(threads === undefined ? {} : { threads }) }).result;
        out(`${name}: there`);
      }
    } finally {
      release();
    }
    return exitCodes.ok;
  },
});

const approve = command({
  about: 'Approves a genesis, once and for good, after comparing its hash and every signer’s fingerprint with what their operators said.',
  settings: { ...folderSettings, genesisHash: commonSettings.genesisHash },
  flags: {
    genesis: { about: 'The draft, from `quorate-server genesis-draft`.' },
    fingerprint: { about: 'Of a signer, as its operator said it; once for each signer, your own included.', multiple: true },
    ...outFlag,
  },
  async run({ dataDir, genesisHash }, flags, { out, say }) {
    const identity = openOwn(dataDir);
    const genesis = readDraft(needed(flags, 'genesis'), genesisHash);
    const own = keysIn(identity);
    const seat = genesis.signers.find(({ id }) => id === own.identityKey);
    if (seat === undefined || !sameKeys(seat, own))
      throw new CannotRun('refused', 'Your signer is not in this genesis with all its keys: do not approve it, and have the draft made again with your card.');
    compareFingerprints(genesis, several(flags, 'fingerprint'));
    const path = needed(flags, 'out');
    rememberApproved(dataDir, genesisHash);
    writeFresh(path, jsonText(makeApproval(genesisHash, SignerId.parse(own.identityKey), (message) => identity.sign(message))));
    for (const line of summaryOf(genesis)) say(line);
    out(`approved ${genesisHash}`);
    return exitCodes.ok;
  },
});

function summaryOf({ orgId, signers, threshold, administrators, passkeys }: Genesis): string[] {
  return [
    `organisation ${orgId}: ${signers.length} signers, of which ${threshold} sign`,
    ...administrators.map(
      ({ username, credId, credentialKind = 'Key' }) => `administrator ${JSON.stringify(username)}, credential ${credId} (${credentialKind})`,
    ),
    `passkeys: ${passkeys.rpId === '' ? 'none' : `${passkeys.rpId} on ${passkeys.origins.join(', ')}`}`,
  ];
}

export const ceremonyCommands: Readonly<Record<string, Command>> = { init, card, primes, approve };
