/**
 * What only an operator does at the signer's own machine, afterwards: rotation, the audit trail, conflicts, failed sessions.
 *
 * @module
 */
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { CannotRun, causeOf, command, type Command, exitCodes, needed, readFounding } from '@quorate/daemon';
import { SignerId } from '@quorate/wire';
import { parseTrail, readKeptHeads, trailLines } from '../audit/trail.ts';
import { verifyAudit } from '../audit/verify.ts';
import { exists, filesIn } from '../files.ts';
import { clearDoubleAcknowledgement, clearFailedSessions, clearPutBack, readConflicts, readFailedSessions } from '../operator.ts';
import { prepareRotation } from '../prepare-rotation.ts';
import { haveStore } from './have-store.ts';
import { ownFolder } from './own-folder.ts';
import { folderSettings, networkSettings } from './settings.ts';

const MAX_TRAIL_BYTES = 512 * 1024 * 1024;

/** Only while no signer runs there: it would not know of what is written beside it. */
function alone<T>(dir: string, work: () => T): T {
  haveStore(dir);
  const release = ownFolder(dir);
  try {
    return work();
  } finally {
    release();
  }
}

const rotate = command({
  about: 'Prepares the next keys and prints the act that an administrator signs. The signer may be running.',
  settings: networkSettings,
  flags: { sequence: { about: 'Which rotation of this signer it is: `rotations` of GET /signers and one. Default: 1.' } },
  async run({ dataDir, founding, genesisHash }, flags, { out }) {
    const sequence = flags['sequence'] === undefined ? 1 : Number(flags['sequence']);
    if (!Number.isInteger(sequence) || sequence < 1) throw new CannotRun('usage', '--sequence takes a number from 1.');
    const genesis = await readFounding(founding, genesisHash);
    const { signerId, body } = prepareRotation(dataDir, { genesis, genesisHash, sequence });
    out(JSON.stringify({ method: 'PUT', path: `/signers/${encodeURIComponent(signerId)}/keys`, body }, null, 2));
    return exitCodes.ok;
  },
});

const auditExport = command({
  about: 'Writes the audit trail with a head signed now. The signer may be running.',
  settings: networkSettings,
  flags: { out: { about: 'File to write, which must not be there yet.' } },
  async run({ dataDir, founding, genesisHash }, flags, { out }) {
    haveStore(dataDir);
    const genesis = await readFounding(founding, genesisHash);
    const path = needed(flags, 'out');
    let entries = -2;
    try {
      const file = openSync(path, 'wx', 0o600);
      try {
        for (const line of trailLines({ dir: dataDir, genesis, genesisHash })) {
          writeSync(file, `${line}\n`);
          entries += 1;
        }
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw new CannotRun('unavailable', `${path} cannot be written (${causeOf(error)}): name a file that is not there yet.`);
    }
    out(`${entries} entries`);
    return exitCodes.ok;
  },
});

const auditVerify = command({
  about: 'Verifies a written-out trail, against the heads that this signer has kept of others too. Ends with 1 where it does not hold.',
  settings: networkSettings,
  flags: { trail: { about: 'The file.' }, signer: { about: 'Id of the signer whose trail it is.' } },
  async run({ dataDir, founding, genesisHash }, flags, { out }) {
    const genesis = await readFounding(founding, genesisHash);
    const signerId = SignerId.safeParse(needed(flags, 'signer'));
    if (!signerId.success) throw new CannotRun('usage', '--signer takes the id of a signer, as it stands in the genesis.');
    const { store } = filesIn(dataDir);
    const report = await verifyAudit(parseTrail(readTrail(needed(flags, 'trail'))), {
      genesis,
      genesisHash,
      signerId: signerId.data,
      heads: exists(store) ? readKeptHeads(store) : [],
    });
    out(JSON.stringify(report, null, 2));
    return report.holds ? exitCodes.ok : exitCodes.no;
  },
});

function readTrail(path: string): string {
  try {
    if (statSync(path).size <= MAX_TRAIL_BYTES) return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CannotRun('refused', `${path} cannot be read (${causeOf(error)}).`);
  }
  throw new CannotRun('refused', `${path} is larger than ${MAX_TRAIL_BYTES} bytes.`);
}

/** A list that is only read, as JSON. */
const listing = (about: string, read: (dir: string) => readonly unknown[]): Command =>
  command({
    about,
    settings: folderSettings,
    async run({ dataDir }, _flags, { out }) {
      haveStore(dataDir);
      out(JSON.stringify(read(dataDir), null, 2));
      return exitCodes.ok;
    },
  });

/** A decision of the operator, which stands in the audit trail; prints what was decided on. */
const decision = (about: string, decide: (dir: string) => readonly unknown[]): Command =>
  command({
    about,
    settings: folderSettings,
    async run({ dataDir }, _flags, { out }) {
      out(
        JSON.stringify(
          alone(dataDir, () => decide(dataDir)),
          null,
          2,
        ),
      );
      return exitCodes.ok;
    },
  });

export const upkeepCommands: Readonly<Record<string, Command>> = {
  rotate,
  'audit-export': auditExport,
  'audit-verify': auditVerify,
  conflicts: listing('Prints what this signer has seen that cannot both be, with the proof.', readConflicts),
  'clear-double-acknowledgement': decision(
    'Lets a stopped signer go on after a double acknowledgement, once you know why it came about. Stop it first.',
    clearDoubleAcknowledgement,
  ),
  'failed-sessions': listing('Prints the sessions that failed, by culprit or set of signers.', readFailedSessions),
  'clear-put-back': decision(
    'Lets a signer that was put back acknowledge acts again that it left to others. Only where so many were put back that none is left to do it. Stop it first.',
    clearPutBack,
  ),
  'clear-failed-sessions': decision('Counts failed sessions anew, once you know why they failed. Stop the signer first.', clearFailedSessions),
};
