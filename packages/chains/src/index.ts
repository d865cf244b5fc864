/** Networks, addresses, and what exactly gets signed. Pure, browser-safe. @module */
export * from './address.ts';
export * from './digest.ts';
export * from './encode-signature.ts';
export * from './networks.ts';
