/**
 * The programs that the tests on real processes need beside our own: found, installed where that is allowed, or named.
 *
 * @module
 */
import { delimiter } from 'node:path';
import { which } from './processes.mjs';
import { findPostgres, whyNoPostgres } from './postgres.mjs';
import { say } from './say.mjs';
import { aptInstall, isDebian } from './toolchain.mjs';

/** Debian keeps daemons off the PATH of users. */
const withDaemons = () => [process.env.PATH ?? '', '/usr/sbin', '/usr/local/sbin'].join(delimiter);

/** Which of Debian's packages are missing here. */
export const missingPackages = (has = { nats: which('nats-server', withDaemons()), openssl: which('openssl'), postgres: findPostgres() }) => [
  ...(has.nats === null ? ['nats-server'] : []),
  ...(has.openssl === null ? ['openssl'] : []),
  ...(has.postgres === null ? ['postgresql'] : []),
];

/** Whether packages may be installed without asking: as root on Debian, where nobody forbids it. Pure. */
export const mayInstall = ({ isRoot, isDebian, noApt, isTerminal }) => isRoot && isDebian && !noApt && !isTerminal;

/** Why the tests cannot run here, or `null` where they can. Installs what is missing where it may. */
export async function whyNoNetwork() {
  const missing = missingPackages();
  const here = {
    isRoot: process.getuid?.() === 0,
    isDebian: isDebian(),
    noApt: process.env.QUORATE_NO_APT === '1',
    isTerminal: process.stdin.isTTY === true && process.stderr.isTTY === true,
  };
  if (missing.length > 0 && mayInstall(here)) {
    say(`Tests on real processes need ${missing.join(' and ')}: installing with apt-get (QUORATE_NO_APT=1 forbids it).`);
    // A cluster that the package starts by itself is not used.
    if (!(await aptInstall(missing, { RUNLEVEL: '1' }))) say('apt-get could not install them.');
  }
  const left = missingPackages();
  if (left.length > 0) return `tests on real processes need ${left.join(' and ')}: install them (Debian: apt-get install ${left.join(' ')})`;
  return whyNoPostgres();
}
