/**
 * One signed call of an administrator, as a file: the act that `quorate-signer rotate` prints, a right to take back, an
 * account to stop. Prints the answer.
 *
 * Arguments: a file that says where everything is (docs/operate.md, chapter 6), and one with `method`, `path` and `body`.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import { connect } from '@quorate/client';
import { getOrganisation, match } from '@quorate/wire';

const [file = 'admin.json', act = 'act.json'] = process.argv.slice(2);
const { baseUrl, genesisHash, credId, privateKeyFile, authTokenFile } = JSON.parse(await readFile(file, 'utf8'));
const secret = async (path: string) => (await readFile(resolve(dirname(file), path), 'utf8')).trim();
const [privateKey, authToken] = await Promise.all([secret(privateKeyFile), secret(authTokenFile)]);

const { method, path, body } = JSON.parse(await readFile(act, 'utf8'));
const found = match(method, path);
if (found === null) throw new Error(`There is no call ${method} ${path}.`);

// The genesis comes from the server, and is held against the hash that you were told.
const { orgId } = await connect({ baseUrl, authToken, orgId: '', genesisHash }).call(getOrganisation);
const connection = connect({ baseUrl, authToken, orgId, genesisHash, signer: new AsymmetricKeySigner({ credId, privateKey }) });
console.log(JSON.stringify(await connection.call(found.endpoint, { params: found.params, body } as never), null, 2));
