/**
 * `quorate-signer`.
 *
 * @module
 */
import { command, healthCommand, type Program } from '@quorate/daemon';
import { realMpc } from '../mpc.ts';
import { backupCommands } from './backup.ts';
import { ceremonyCommands } from './ceremony.ts';
import { startSettings } from './settings.ts';
import { type DaemonOptions, inspect, start } from './start.ts';
import { upkeepCommands } from './upkeep.ts';

export const signerProgram = (options: DaemonOptions): Program => ({
  name: 'quorate-signer',
  version: realMpc.buildInfo().version,
  about: 'holds one share of every key and decides alone what it does with it.',
  prefix: 'QUORATE_SIGNER_',
  commands: {
    start: command({
      about: 'Runs the signer until SIGINT or SIGTERM.',
      settings: startSettings,
      check: inspect,
      run: (values) => start(values, options),
    }),
    health: healthCommand(startSettings, ({ health }) => (health === 'off' ? null : health)),
    ...ceremonyCommands,
    ...upkeepCommands,
    ...backupCommands,
  },
});
