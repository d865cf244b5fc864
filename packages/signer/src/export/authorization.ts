/**
 * What this signer says of the credential behind an export request, for the receipt: said with every yes, at the same
 * head, and gathered from peers that say exactly the same.
 *
 * @module
 */
import { type Roster, verifyBySigner } from '@quorate/authority';
import { type Authorization, type AuthorizationBody, canonicalJson, type Genesis, type Signed, type SignerId } from '@quorate/wire';
import type { Decision } from '../decide.ts';
import { readExport } from './check.ts';
import { isAbout, type Subject } from './quorum.ts';
import type { Run } from './run.ts';

/** Of a request that has been checked against this state. */
export function authorizationBody({ challenge, keyId, encryptionKey, genesisHash }: Run['subject'], { state, verified }: Decision): AuthorizationBody {
  const { path } = readExport(verified);
  const { credential, evidence } = verified;
  return {
    genesisHash,
    challenge,
    keyId,
    walletId: 'walletId' in path ? path.walletId : '',
    encryptionKey,
    userId: credential.userId,
    tokenId: evidence.statement.tokenId,
    credId: credential.credId,
    credentialKind: credential.kind,
    publicKey: credential.publicKey,
    headNumber: state.head.number,
    headHash: state.head.hash,
  };
}

/** Own and every peer's word where it is the same; in the order of the roster. */
export function gathered(genesis: Genesis, own: Signed<'authorization'>, others: ReadonlyMap<SignerId, Signed<'authorization'>>): Authorization {
  const said = canonicalJson(own.body);
  const all = new Map([...others, [own.signerId, own]]);
  const signatures = genesis.signers.flatMap(({ id }) => {
    const one = all.get(id);
    return one !== undefined && canonicalJson(one.body) === said ? [{ signerId: id, signature: one.signature }] : [];
  });
  return { body: own.body, signatures };
}

/** Those of an authorization that came from elsewhere whose signatures hold, as statements of one signer each. */
export async function spread(roster: Roster, { body, signatures }: Authorization): Promise<readonly Signed<'authorization'>[]> {
  const statements = signatures.map((signature) => ({ body, ...signature }));
  const good = await Promise.all(statements.map((statement) => verifyBySigner(roster, 'authorization', statement, body.headNumber)));
  return statements.filter((_, i) => good[i]);
}

/** Whether an authorization came from this peer and is about this request. Without one there is nothing to be wrong. */
export async function isFrom(roster: Roster, from: SignerId, subject: Subject, authorization: Signed<'authorization'> | undefined): Promise<boolean> {
  if (authorization === undefined) return true;
  const { body, signerId } = authorization;
  return isAbout(subject, body) && signerId === from && (await verifyBySigner(roster, 'authorization', authorization, 'present'));
}
