/**
 * Schemas are read without compiling them: the content security policy lets no text become code. Imported before
 * everything that reads a schema.
 *
 * @module
 */
import * as z from 'zod';

z.config({ jitless: true });
