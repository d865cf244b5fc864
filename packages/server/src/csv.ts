/**
 * Lines of CSV (RFC 4180) that no spreadsheet takes for a formula.
 *
 * @module
 */

/** What a spreadsheet would run: a cell that begins so gets an apostrophe, which it shows as text. */
const FORMULA = /^[=+\-@\t\r\n]/;

/** One line with its end. A cell is quoted unless it is plain, so that nothing in it can end it. */
export const csvLine = (cells: readonly string[]): string => `${cells.map(cell).join(',')}\r\n`;

const cell = (text: string): string => {
  const plain = FORMULA.test(text) ? `'${text}` : text;
  return /^[A-Za-z0-9 :./_-]*$/.test(plain) ? plain : `"${plain.replaceAll('"', '""')}"`;
};
