/**
 * Whether an assertion is this user's login: by a person's own credential that signers obey, over the challenge of just
 * this login. Whatever does not hold is refused with one code, and takes as long for a name that nobody has.
 *
 * @module
 */
import { type Assertion, isRefusal, type LoginStatement, loginChallengeOf, Refusal } from '@quorate/wire';
import { type CredentialAssertion, credentialKindOf, verifyAssertion } from './credential-kinds.ts';
import type { AuthorityState, Credential, User } from './state.ts';

/** Nobody's: what a signature is checked against where there is no credential. */
const NOBODY = '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAp35Y3/RVLHG1TVdvGkP1sGvZflsd9k90UtF/amwUago=\n-----END PUBLIC KEY-----\n';

/** A person's own credentials that it can sign in with, active and vouched for; none for whoever cannot sign in. */
export function loginCredentials(state: AuthorityState, username: string): readonly Credential[] {
  const user = personOf(state, username);
  if (user === undefined) return [];
  return [...(state.credentialsByUser.get(user.id) ?? [])].flatMap((credId) => {
    const credential = state.credentials.get(credId);
    return credential?.isActive === true && credential.vouchedFor ? [credential] : [];
  });
}

function personOf(state: AuthorityState, username: string): User | undefined {
  const id = state.userNames.get(username);
  const user = id === undefined ? undefined : state.users.get(id);
  return user === undefined || user.isArchived || user.isServiceAccount ? undefined : user;
}

/**
 * Who signed in, by what. That the statement is the server's own and still fresh is for the caller to know.
 * @throws {Refusal} `login/refused`, `auth/inactive` for one who did sign, `passkey/*` for what no passkey of anybody's may do
 */
export async function verifyLogin(
  state: AuthorityState,
  statement: LoginStatement,
  assertion: CredentialAssertion & Pick<Assertion, 'credId'>,
): Promise<{ readonly user: User; readonly credential: Credential }> {
  const kind = credentialKindOf(assertion.kind);
  const credential = loginCredentials(state, statement.username).find((one) => one.credId === assertion.credId && one.kind === kind);
  try {
    await verifyAssertion(state.genesis.passkeys, credential ?? { kind, publicKey: NOBODY, userId: '' }, assertion, loginChallengeOf(statement));
  } catch (error) {
    throw isRefusal(error) && !error.code.startsWith('passkey/') ? new Refusal('login/refused') : error;
  }
  const user = personOf(state, statement.username);
  if (user === undefined || credential === undefined) throw new Refusal('login/refused');
  if (!user.isActive) throw new Refusal('auth/inactive');
  return { user, credential };
}
