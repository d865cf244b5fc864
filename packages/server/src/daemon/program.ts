/**
 * `quorate-server`.
 *
 * @module
 */
import { command, healthCommand, type Program } from '@quorate/daemon';
import { version } from '../version.ts';
import { brokerCommands } from './brokers.ts';
import { foundingCommands } from './founding.ts';
import { ownKeyCommands } from './own-keys.ts';
import { startSettings } from './settings.ts';
import { type DaemonOptions, inspect, start } from './start.ts';

export const serverProgram = (options: DaemonOptions): Program => ({
  name: 'quorate-server',
  version,
  about: 'the HTTP API, and the mailman between users and signers. It can sign for nobody.',
  prefix: 'QUORATE_SERVER_',
  commands: {
    start: command({
      about: 'Runs the server until SIGINT or SIGTERM.',
      settings: startSettings,
      check: inspect,
      run: (values) => start(values, options),
    }),
    health: healthCommand(startSettings, ({ listen }) => listen),
    ...ownKeyCommands,
    ...foundingCommands,
    ...brokerCommands,
  },
});
