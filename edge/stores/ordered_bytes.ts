/**
 * Text as bytes whose order is that of its UTF-16 units, and which hold any text: each unit is written as UTF-8
 * writes a code point, halves of surrogate pairs too. So they are UTF-8 where no surrogate is.
 */
export function toOrderedBytes(text: string): Uint8Array<ArrayBuffer> {
  if (!/[\ud800-\udfff]/.test(text)) return new TextEncoder().encode(text);
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      bytes[length++] = unit;
    } else {
      if (unit < 0x800) {
        bytes[length++] = 0xc0 | unit >> 6;
      } else {
        bytes[length++] = 0xe0 | unit >> 12;
        bytes[length++] = 0x80 | unit >> 6 & 0x3f;
      }
      bytes[length++] = 0x80 | unit & 0x3f;
    }
  }
  return bytes.slice(0, length);
}

/** The text of which {@linkcode toOrderedBytes} made these. */
export function fromOrderedBytes(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return unitsOf(bytes);
  }
}

function unitsOf(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length;) {
    const first = bytes[i++] as number;
    const next = () => (bytes[i++] as number) & 0x3f;
    if (first < 0x80) text += String.fromCharCode(first);
    else if (first < 0xe0) text += String.fromCharCode((first & 0x1f) << 6 | next());
    else text += String.fromCharCode((first & 0x0f) << 12 | next() << 6 | next());
  }
  return text;
}
