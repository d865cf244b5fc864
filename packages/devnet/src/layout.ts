/**
 * Where things lie in a devnet's folder.
 *
 * @module
 */
import { join, resolve } from 'node:path';

export interface Layout {
  readonly dir: string;
  /** Public; written last, so that its presence says that the devnet is founded. */
  readonly genesis: string;
  /** Mode 0600: the administrator's key and token. */
  readonly admin: string;
  /** Mode 0600: the server's own keys. */
  readonly server: string;
  /** PGlite's folder. */
  readonly database: string;
  /** What server and signers wrote down since the last start: JSON lines. */
  readonly log: string;
  /** Process id of who has the folder open. */
  readonly lock: string;
  /** A signer's folder, numbered from 1 in roster order: the number is its share index. */
  signer(number: number): string;
}

export function layoutOf(folder: string): Layout {
  const dir = resolve(folder);
  return {
    dir,
    genesis: join(dir, 'genesis.json'),
    admin: join(dir, 'admin.json'),
    server: join(dir, 'server.json'),
    database: join(dir, 'server-db'),
    log: join(dir, 'devnet.log'),
    lock: join(dir, 'lock'),
    signer: (number) => join(dir, 'signers', String(number)),
  };
}
