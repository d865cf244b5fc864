/**
 * Backups at the operator's hands: the recovery key, a backup, a drill, a restore.
 *
 * @module
 */
import { CannotRun, causeOf, command, type Command, exitCodes, needed, readFounding, recoveryKeyText, type Surroundings } from '@quorate/daemon';
import { createRecoveryKey, MpcError, publicRecoveryKey } from '@quorate/mpc';
import { isRefusal, type RefusalCode, SignerId } from '@quorate/wire';
import { drill, keepDrill } from '../backup/drill.ts';
import { isEmptyFolder, restoreBackup } from '../backup/restore.ts';
import { takeBackup } from '../backup/take.ts';
import { exists, filesIn } from '../files.ts';
import { idIn, openIdentity } from '../identities.ts';
import { realMpc } from '../mpc.ts';
import { haveStore } from './have-store.ts';
import { ownBackups } from './own-folder.ts';
import { backupSettings, networkSettings } from './settings.ts';

const openFlags = {
  from: { about: 'The backup.' },
  key: { about: 'File of the recovery key, from `quorate-signer backup-key`.' },
  signer: { about: 'Id of the signer whose backup it must be.' },
} as const;

/** What the addon and the system say, as a sentence with its stable code; a refusal's details go beside it. */
async function explained<T>({ say }: Surroundings, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isRefusal(error) && Object.keys(error.detail).length > 0) say(JSON.stringify(error.detail));
    if (error instanceof MpcError) throw new CannotRun(error.code === 'backup/io' ? 'unavailable' : 'refused', `${error.message} (${error.code})`);
    const code = causeOf(error);
    if (code === 'EEXIST') throw new CannotRun('refused', 'The file is there already: name another one with --out.');
    if (code.startsWith('ERR_SQLITE')) throw new CannotRun('unavailable', 'The store cannot be read, or not be copied: is there room for one more of it?');
    if (/^E[A-Z]+$/.test(code)) throw new CannotRun('unavailable', `A file cannot be read or written (${code}): look at room, rights and paths.`);
    throw error;
  }
}

const backupKey = command({
  about: 'Makes a recovery key, which opens backups, and prints its public half, which makes them. With --key, prints that of a key that is there.',
  settings: {},
  flags: { out: { about: 'File to write the recovery key to, which must not be there yet.' }, key: { about: 'File of a recovery key.' } },
  async run(_, flags, around) {
    const made = flags['key'] === undefined;
    const path = needed(flags, made ? 'out' : 'key');
    around.out(recoveryKeyText(await explained(around, () => (made ? createRecoveryKey(path) : publicRecoveryKey(path)))));
    if (made) around.say('This is backupTo in the configuration of your signer. Keep the file where your signer’s backups are not, and print it.');
    return exitCodes.ok;
  },
});

const backup = command({
  about: 'Writes a backup of the signer, which may be running. Only the recovery key opens it.',
  settings: backupSettings,
  flags: { out: { about: 'File to write, which must not be there yet.' } },
  async run({ dataDir, founding, genesisHash, backupTo }, flags, around) {
    haveStore(dataDir);
    const out = needed(flags, 'out');
    if (exists(out)) throw new CannotRun('refused', `${out} is there already: move it away, or name another file with --out.`);
    const genesis = await readFounding(founding, genesisHash);
    const release = ownBackups(dataDir);
    try {
      const header = await explained(around, () => takeBackup(dataDir, { genesis, genesisHash, to: backupTo.bytes, out }));
      around.out(JSON.stringify(header, null, 2));
    } finally {
      release();
    }
    around.say('Bring it away from this host, and prove it now and then with `quorate-signer drill`.');
    return exitCodes.ok;
  },
});

const restore = command({
  about: 'Puts a signer back from a backup, into an empty folder, after everything in it was checked.',
  settings: networkSettings,
  flags: openFlags,
  async run({ dataDir, founding, genesisHash }, flags, around) {
    if (!isEmptyFolder(dataDir)) throw new CannotRun('refused', `${dataDir} is not empty: a signer is restored into a folder of its own.`);
    const genesis = await readFounding(founding, genesisHash);
    const given = { from: needed(flags, 'from'), key: needed(flags, 'key'), ...named(flags['signer']) };
    const { header, counts } = await explained(around, () => restoreBackup(dataDir, { ...given, genesis, genesisHash }));
    around.out(JSON.stringify({ backup: header, counts }, null, 2));
    around.say(
      `Restored as of ${new Date(header.madeAt).toISOString()}. It takes part once its peers have told what it has forgotten; keys made since then are not in it. See to it that the signer which this was made of never runs again.`,
    );
    return exitCodes.ok;
  },
});

const advice: Partial<Record<RefusalCode, string>> = {
  'backup/malformed': 'This file is no backup: look for the right one.',
  'backup/incomplete': 'The file was cut: copy it again from where it was made, or make another one.',
  'backup/unreadable': 'The recovery key is another one than it was made for, or the file was changed: find the key, or make another backup.',
  'backup/foreign': 'It is of another signer or network: look at --signer, founding and genesisHash.',
  'backup/key': 'The file that --key names holds no recovery key.',
};

const drillCommand = command({
  about: 'Proves that a backup can be restored, without restoring it or showing a share. Ends with 1 where it cannot.',
  settings: networkSettings,
  flags: { ...openFlags, 'work-dir': { about: 'Folder with room for all that is in the backup. Default: dataDir.' } },
  async run({ dataDir, founding, genesisHash }, flags, around) {
    const genesis = await readFounding(founding, genesisHash);
    const workDir = typeof flags['work-dir'] === 'string' ? flags['work-dir'] : dataDir;
    const given = { from: needed(flags, 'from'), key: needed(flags, 'key'), ...ownOf(dataDir), ...named(flags['signer']) };
    const report = await explained(around, async () => {
      const release = ownBackups(dataDir);
      try {
        const found = await drill({ ...given, genesis, genesisHash, workDir });
        keepDrill(dataDir, found);
        return found;
      } finally {
        release();
      }
    });
    around.out(JSON.stringify(report, null, 2));
    if (report.holds) return exitCodes.ok;
    const what =
      report.refused === null
        ? 'What is in it does not hold: make another backup, and if that does not hold either, look at the signer itself.'
        : advice[report.refused];
    around.say(`This backup cannot be restored${report.refused === null ? '' : ` (${report.refused})`}. ${what ?? ''}`.trim());
    return exitCodes.no;
  },
});

/** @throws {CannotRun} */
function named(signer: unknown): { readonly signerId?: SignerId } {
  if (signer === undefined) return {};
  const read = SignerId.safeParse(signer);
  if (!read.success) throw new CannotRun('usage', '--signer takes the id of a signer, as it stands in the genesis.');
  return { signerId: read.data };
}

/** Where there is a signer, drills are of its own backups. */
function ownOf(dir: string): { readonly signerId?: SignerId } {
  const { key, identity } = filesIn(dir);
  return exists(key) && exists(identity) ? { signerId: idIn(dir, openIdentity(realMpc.openVault(key), dir)) } : {};
}

export const backupCommands: Readonly<Record<string, Command>> = { 'backup-key': backupKey, backup, drill: drillCommand, restore };
