/** The version of this server, as its package says. @module */
import { readFileSync } from 'node:fs';

const description: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

export const version: string = String((description as { readonly version: unknown }).version);
