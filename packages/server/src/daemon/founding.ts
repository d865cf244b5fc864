/**
 * The bootstrap ceremony as whoever gathers it sees it: roster, draft of the genesis, founding, and what brokers must know.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import {
  addToRoster,
  CannotRun,
  command,
  type Command,
  exitCodes,
  genesisOf,
  jsonText,
  makeFounding,
  needed,
  readDraft,
  readJsonFile,
  readRoster,
  readText,
  several,
  signerFingerprint,
  writeFresh,
  commonSettings,
  type Flags,
} from '@quorate/daemon';
import { genesisState } from '@quorate/authority';
import { b64url, deriveCredentialId, deriveId, Genesis, genesisHashOf, isRefusal, SignerId } from '@quorate/wire';
import * as z from 'zod';

const rosterFlag = { roster: { about: 'The roster file.' } } as const;

const rosterAdd = command({
  about: 'Adds a signer’s card to the roster, by the fingerprint that its operator said. Makes the roster where there is none.',
  settings: {},
  flags: {
    ...rosterFlag,
    card: { about: 'The card, from `quorate-signer init`.' },
    fingerprint: { about: 'As the signer’s operator said it, not as it came with the card.' },
  },
  async run(_values, flags, { out }) {
    const { roster, card } = await addToRoster(needed(flags, 'roster'), needed(flags, 'card'), needed(flags, 'fingerprint'));
    out(`${signerFingerprint(card)}: signer ${roster.signers.length} of the roster`);
    return exitCodes.ok;
  },
});

const rosterVerify = command({
  about: 'Verifies every card of the roster and prints the fingerprints, in the order of the signers.',
  settings: {},
  flags: rosterFlag,
  async run(_values, flags, { out }) {
    const { signers } = await readRoster(needed(flags, 'roster'));
    for (const [index, card] of signers.entries()) out(`${index + 1} ${signerFingerprint(card)}`);
    return exitCodes.ok;
  },
});

const Passkey = z.strictObject({ credId: z.string().min(1).max(512), publicKey: z.string().min(1).max(4096) });

/** `NAME=FILE` of each administrator, in the order of service accounts, people, passkeys. */
function administratorsOf(flags: Flags, seed: string): Genesis['administrators'] {
  const kinds = ['service-account', 'person', 'passkey'] as const;
  const given = kinds.flatMap((kind) => several(flags, kind).map((text) => ({ kind, text })));
  return given.map(({ kind, text }, i) => {
    const at = text.indexOf('=');
    if (at <= 0) throw new CannotRun('usage', `--${kind} takes NAME=FILE.`);
    const [username, path] = [text.slice(0, at), text.slice(at + 1)];
    const own = { userId: deriveId('us', i, seed), username, isServiceAccount: kind === 'service-account' };
    if (kind !== 'passkey') return { ...own, credId: deriveCredentialId(i, seed), publicKey: readText(path, 'The public key') };
    const read = Passkey.safeParse(readJsonFile(path, 'The passkey'));
    if (!read.success) throw new CannotRun('refused', `${path} is no passkey: {"credId", "publicKey"}, the key in PEM.`);
    return Genesis.shape.administrators.element.parse({ ...own, ...read.data, credentialKind: 'Fido2' });
  });
}

const draft = command({
  about: 'Drafts the genesis from the roster and the first administrators, and prints its hash. Each operator then approves it.',
  settings: {},
  flags: {
    ...rosterFlag,
    threshold: { about: 'How many signers must sign: more than half of them.' },
    'service-account': { about: 'NAME=FILE: an administrator that is a program, and its public key in PEM.', multiple: true },
    person: { about: 'NAME=FILE: an administrator that is a person, and its public key in PEM.', multiple: true },
    passkey: { about: 'NAME=FILE: a person with a passkey; the file holds {"credId", "publicKey"}.', multiple: true },
    'rp-id': { about: 'Host that passkeys belong to. Without it there are none.' },
    origin: { about: 'Website on which passkeys may be used, https://host.', multiple: true },
    'user-verification': { about: 'required, preferred or discouraged. Default: required.' },
    out: { about: 'File to write, which must not be there yet.' },
  },
  async run(_values, flags, { out, say }) {
    const { signers } = await readRoster(needed(flags, 'roster'));
    const seed = b64url.encode(randomBytes(32));
    const read = Genesis.safeParse({
      v: '1',
      orgId: deriveId('or', 0, seed),
      epoch: 0,
      threshold: Number(needed(flags, 'threshold')),
      signers: signers.map(({ identityKey, sealingKey, importKey }) => ({ id: SignerId.parse(identityKey), identityKey, sealingKey, importKey })),
      administrators: administratorsOf(flags, seed),
      passkeys: { rpId: flags['rp-id'] ?? '', origins: several(flags, 'origin'), userVerification: flags['user-verification'] ?? 'required' },
    });
    if (!read.success)
      throw new CannotRun(
        'refused',
        `No genesis can be made of this: ${read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}.`,
      );
    const genesisHash = genesisHashOf(read.data);
    const genesis = genesisOf(read.data, genesisHash);
    try {
      genesisState(genesis);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      throw new CannotRun('refused', 'An administrator’s public key is none that signers take: Ed25519, P-256, secp256k1 or RSA from 2048 bits, in PEM.');
    }
    writeFresh(needed(flags, 'out'), jsonText(genesis));
    for (const { username, userId, credId } of genesis.administrators) say(`administrator ${JSON.stringify(username)}: user ${userId}, credential ${credId}`);
    if (genesis.administrators.length === 1)
      say('warning: there is one administrator. If that key is lost, nobody can change anything any more; two are recommended.');
    if (genesis.threshold === signers.length) say('warning: every signer must sign. One that is lost ends everything; leave some to spare.');
    out(genesisHash);
    return exitCodes.ok;
  },
});

const finish = command({
  about: 'Puts all approvals to the genesis: the founding, which daemons start on.',
  settings: { genesisHash: commonSettings.genesisHash },
  flags: {
    genesis: { about: 'The draft.' },
    approval: { about: 'From `quorate-signer approve`, once for each signer.', multiple: true },
    out: { about: 'File to write, which must not be there yet.' },
  },
  async run({ genesisHash }, flags, { out }) {
    const genesis = readDraft(needed(flags, 'genesis'), genesisHash);
    const approvals = several(flags, 'approval').map((path) => readJsonFile(path, 'The approval'));
    writeFresh(needed(flags, 'out'), jsonText(await makeFounding(genesis, genesisHash, approvals)));
    out(`founded ${genesisHash}`);
    return exitCodes.ok;
  },
});

export const foundingCommands: Readonly<Record<string, Command>> = {
  'roster-add': rosterAdd,
  'roster-verify': rosterVerify,
  'genesis-draft': draft,
  'genesis-finish': finish,
};
