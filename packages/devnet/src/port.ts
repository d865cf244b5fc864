/**
 * @module
 */

/** A TCP port in decimal digits, 0 for any free one; `null` for any other text. */
export function readPort(text: string): number | null {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : null;
  return port === null || port > 65_535 ? null : port;
}
