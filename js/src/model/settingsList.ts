/**
 * A list of texts as it is typed: with commas between them, since a requirement may have spaces.
 */

/** Return the texts of a line. */
export function listed(text: string): readonly string[] {
  return text
    .split(/[,\n]/)
    .map(item => item.trim())
    .filter(item => item !== '');
}

/** Return the line that says these texts. */
export function listText(items: readonly string[]): string {
  return items.join(', ');
}
