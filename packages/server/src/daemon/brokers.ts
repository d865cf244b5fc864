/**
 * `quorate-server broker-config`: what nats-server must be told, from the cards and a plan of the brokers.
 *
 * @module
 */
import { command, type Command, CannotRun, commonSettings, exitCodes, needed, readRoster, readServerCard, several, readYamlFile } from '@quorate/daemon';
import { writeBrokerConfigs } from '@quorate/link';
import * as z from 'zod';

const Port = z.int().min(1).max(65_535);
const Files = z.strictObject({ cert: z.string(), key: z.string(), ca: z.string() });
const Plan = z.strictObject({
  brokers: z
    .array(
      z.strictObject({
        name: z.string(),
        listen: z.strictObject({ host: z.string(), port: Port }),
        tls: Files,
        route: z.strictObject({ host: z.string(), port: Port, bind: z.string().optional(), tls: Files }).optional(),
        monitorPort: Port.optional(),
      }),
    )
    .min(1)
    .max(16),
});

const brokerConfig = command({
  about: 'Writes the configuration of each nats-server: who may log in, and what each may say and hear.',
  settings: { genesisHash: commonSettings.genesisHash },
  flags: {
    roster: { about: 'The roster file.' },
    server: { about: 'Card of a server, once for each.', multiple: true },
    plan: { about: 'YAML with `brokers`: name, listen, tls and, for a cluster, route of each.' },
    out: { about: 'Folder to write NAME.conf to.' },
  },
  async run({ genesisHash }, flags, { out }) {
    const plan = Plan.safeParse(readYamlFile(needed(flags, 'plan')));
    if (!plan.success)
      throw new CannotRun('refused', `The plan is not one: ${plan.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}.`);
    const cards = [...(await readRoster(needed(flags, 'roster'))).signers, ...several(flags, 'server').map(readServerCard)];
    const parties = cards.map(({ identityKey, nkey }) => ({ id: identityKey, nkey }));
    try {
      const brokers = plan.data.brokers as Parameters<typeof writeBrokerConfigs>[0]['brokers'];
      for (const path of await writeBrokerConfigs({ network: genesisHash, parties, brokers }, needed(flags, 'out'))) out(path);
    } catch (error) {
      if (error instanceof TypeError) throw new CannotRun('refused', `${error.message}.`);
      throw error;
    }
    return exitCodes.ok;
  },
});

export const brokerCommands: Readonly<Record<string, Command>> = { 'broker-config': brokerConfig };
