const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** The bits of a number in half precision, rounded to the nearest, and to the even one of two. */
export function toFloat16(value: number): number {
  float[0] = value;
  const single = bits[0] as number;
  const sign = single >>> 16 & 0x8000;
  const exponent = (single >>> 23 & 255) - 127;
  if (exponent > 15) return sign | (Number.isNaN(value) ? 0x7e00 : 0x7c00);
  // A number below 2^-14 has fewer digits, the more so the smaller it is.
  const base = Math.max(exponent, -14);
  const digits = Math.abs(float[0]) / 2 ** (base - 10);
  const kept = Math.floor(digits);
  const rest = digits - kept;
  const isUp = rest > 0.5 || (rest === 0.5 && kept % 2 === 1);
  // A carry goes into the exponent, up to infinity.
  return sign | (base + 14 << 10) + kept + (isUp ? 1 : 0);
}
