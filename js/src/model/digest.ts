/**
 * A short digest of a text: for telling texts apart, not for security.
 */

/** Return 32 bits of FNV-1a with the murmur finaliser, so that near texts come out far apart. */
export function hash(text: string, seed = 0x811c9dc5): number {
  let value = seed;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** Return a digest that no two sources of one notebook share in practice. */
export function digest(text: string): string {
  return `${text.length}-${hash(text).toString(36)}${hash(text, 0x9747b28c).toString(36)}`;
}
