/**
 * A server's own keys, and what they are good for before anybody has a bearer: an administrator's first one.
 *
 * @module
 */
import { command, type Command, CannotRun, exitCodes, jsonText, needed, readFounding, serverFingerprint, writeFresh } from '@quorate/daemon';
import { genesisState } from '@quorate/authority';
import { createTokens } from '../tokens.ts';
import { makeServerKeys, readServerKeys, serverCard } from './key-files.ts';
import { keySettings, networkSettings } from './settings.ts';

const outFlag = { out: { about: 'File to write, which must not be there yet.' } } as const;

const init = command({
  about: 'Makes the keys of a new server and writes its card, which signers are configured with.',
  settings: keySettings,
  flags: { ...outFlag, 'token-key-of': { about: 'Folder of another server of the organisation, whose bearers are to count here too.' } },
  async run({ keysDir }, flags, { out, say }) {
    makeServerKeys(keysDir, flags['token-key-of'] === undefined ? undefined : needed(flags, 'token-key-of'));
    const card = serverCard(keysDir);
    if (flags['out'] !== undefined) writeFresh(needed(flags, 'out'), jsonText(card));
    out(serverFingerprint(card));
    say(
      'This is the fingerprint of your server. Tell it to the signers’ operators by another way than the card: `quorate-signer --check` shows them what they have.',
    );
    return exitCodes.ok;
  },
});

const card = command({
  about: 'Prints the card, or writes it; the fingerprint goes to standard error.',
  settings: keySettings,
  flags: outFlag,
  async run({ keysDir }, flags, { out, say }) {
    const own = serverCard(keysDir);
    if (flags['out'] === undefined) out(jsonText(own).trimEnd());
    else writeFresh(needed(flags, 'out'), jsonText(own));
    say(serverFingerprint(own));
    return exitCodes.ok;
  },
});

const token = command({
  about: 'Writes a bearer of one of the genesis’s service accounts, mode 0600. It reads and asks for challenges; signing needs the account’s key.',
  settings: { ...keySettings, ...networkSettings },
  flags: { user: { about: 'Name of the service account.' }, ...outFlag },
  async run({ keysDir, founding, genesisHash }, flags, { out }) {
    const genesis = await readFounding(founding, genesisHash);
    const name = needed(flags, 'user');
    const user = [...genesisState(genesis).users.values()].find((one) => one.name === name && one.isServiceAccount);
    if (user === undefined) throw new CannotRun('refused', 'The genesis has no service account of that name. People sign in with their key or passkey.');
    const tokens = await createTokens({ keys: readServerKeys(keysDir), orgId: genesis.orgId, now: Date.now });
    const path = needed(flags, 'out');
    writeFresh(path, `${await tokens.issue(user, Date.now())}\n`, { secret: true });
    out(`bearer of ${user.id} written`);
    return exitCodes.ok;
  },
});

export const ownKeyCommands: Readonly<Record<string, Command>> = { init, card, token };
