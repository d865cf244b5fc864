/**
 * One export, from the request to the key: a one-time key pair whose public half stands in the request the user signs,
 * and the opening, checking and recombining of what comes back.
 *
 * The shape is Dfns's `KeyExportContext`: make one, send its `request()`, give the answer to `recover`. Keep it until
 * the key is out: an answer with a liar among too few shares can be fetched again with more, for the same one-time key.
 *
 * @module
 */
import { type Curve, formatEncryptionKey, type Protocol, Refusal } from '@quorate/wire';
import { readAnswer, compressedHex } from './answer.ts';
import { type Arithmetic, fastArithmetic } from './arithmetic.ts';
import type { Report } from './blame.ts';
import { platformRandom, type Random, randomScalar } from './random.ts';
import { recoverFrom } from './recover.ts';
import { SecretKey } from './secret-key.ts';
import { supportedSchemes } from './supported-schemes.ts';
import type { Expectation } from './trusted-certificate.ts';

export interface Recovered {
  readonly secret: SecretKey;
  readonly report: Report;
}

/** The body of the export call, as our table and the stock SDK type it. */
export interface ExportRequest {
  encryptionKey: string;
  supportedSchemes: { protocol: Protocol; curve: Curve }[];
}

export interface ExportContextOptions {
  readonly random?: Random;
  readonly arithmetic?: Arithmetic;
}

export function createExportContext(options: ExportContextOptions = {}): ExportContext {
  return new ExportContext(options);
}

export class ExportContext {
  readonly #arithmetic: Arithmetic;
  readonly #encryptionKey: string;
  #decryptionKey: Uint8Array | null;

  constructor({ random = platformRandom, arithmetic = fastArithmetic }: ExportContextOptions = {}) {
    this.#arithmetic = arithmetic;
    this.#decryptionKey = randomScalar('secp256k1', random);
    this.#encryptionKey = formatEncryptionKey(arithmetic.publicOf('secp256k1', this.#decryptionKey));
  }

  /** The body of the export call. The same one each time. */
  request(): ExportRequest {
    return { encryptionKey: this.#encryptionKey, supportedSchemes: supportedSchemes.map((scheme) => ({ ...scheme })) };
  }

  /**
   * The key, only if it is the expected one. Reads Quorate's answers and plain Dfns ones; `report` says what was
   * checked and who sent something wrong.
   * @throws {Refusal} `answer/invalid`; `share/too-few` when fewer than t shares are good, naming in `detail` who sent
   *   what; `share/wrong-key` when the shares make another key; `genesis/invalid`; `request/invalid` for an
   *   expectation that is no public key
   */
  async recover(answer: unknown, expectation: Expectation): Promise<Recovered> {
    if (this.#decryptionKey === null) throw new Error('this export context has been wiped');
    const read = readAnswer(answer, this.#arithmetic);
    if (!/^(0x)?([0-9a-fA-F]{2}){32,65}$/.test(expectation.expectedPublicKey)) throw new Refusal('request/invalid', { member: 'expectedPublicKey' });
    const expectedKey = compressedHex(read.curve, expectation.expectedPublicKey, this.#arithmetic);
    // The curve is the answer's word. A key that is no point there was made on another curve.
    if (expectedKey === null) throw new Refusal('share/wrong-key', { curve: read.curve });
    const { secret, report } = await recoverFrom(read, expectation, {
      arithmetic: this.#arithmetic,
      decryptionKey: this.#decryptionKey,
      encryptionKey: this.#encryptionKey,
      expectedKey,
    });
    return { secret: new SecretKey(read.curve, expectedKey, secret), report };
  }

  /** Forgets the one-time key: nothing sealed to it can be opened any more. */
  wipe(): void {
    this.#decryptionKey?.fill(0);
    this.#decryptionKey = null;
  }

  [Symbol.dispose](): void {
    this.wipe();
  }

  toJSON(): string {
    return '[secret]';
  }
}
