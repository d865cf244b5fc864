/** What both daemons are made with: configuration, commands, signals, and the files of the bootstrap ceremony. @module */
export * from './ceremony/card.ts';
export * from './ceremony/founding.ts';
export * from './ceremony/roster.ts';
export * from './common-settings.ts';
export * from './exit.ts';
export * from './files.ts';
export * from './fingerprint.ts';
export * from './health-command.ts';
export * from './health-listener.ts';
export * from './main.ts';
export * from './nkey-file.ts';
export * from './open-nats.ts';
export * from './open-transport.ts';
export * from './program.ts';
export * from './settings.ts';
export * from './signals.ts';
export * from './yaml-file.ts';
