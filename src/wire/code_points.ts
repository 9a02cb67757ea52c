/**
 * Python counts code points, JavaScript UTF-16 units: they differ by one for each astral character. Both
 * functions look for a surrogate first, so that text without one costs a native scan alone.
 */
const SURROGATE = /[\ud800-\udfff]/;

/** The length of `text` as Python's `len` gives it. A lone surrogate counts as one, as in Python. */
export function codePointLength(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let length = 0;
  for (let i = 0; i < text.length; i++, length++) {
    if (isPairAt(text, i)) i++;
  }
  return length;
}

/**
 * The index in UTF-16 units that lies `count` code points after `start`.
 *
 * @returns The index, or -1 when `text` ends before.
 */
export function indexAfterCodePoints(text: string, start: number, count: number): number {
  // At most two units a point: without a surrogate in reach, points and units are the same.
  if (start + count <= text.length && !SURROGATE.test(text.slice(start, start + count))) return start + count;
  let index = start;
  for (; count > 0 && index < text.length; count--) index += isPairAt(text, index) ? 2 : 1;
  return count > 0 ? -1 : index;
}

/** Whether `text` holds half of a surrogate pair: Python can hold it, but not write it as UTF-8. */
export function hasLoneSurrogate(text: string): boolean {
  if (!SURROGATE.test(text)) return false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    if (!isPairAt(text, i)) return true;
    i++;
  }
  return false;
}

function isPairAt(text: string, index: number): boolean {
  const high = text.charCodeAt(index);
  if (high < 0xd800 || high > 0xdbff) return false;
  const low = text.charCodeAt(index + 1);
  return low >= 0xdc00 && low <= 0xdfff;
}
