const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** The bits of a number in half precision, rounded to the nearest, and to the even one of two. */
export function toFloat16(value: number): number {
  float[0] = value;
  const single = bits[0] as number;
  const sign = single >>> 16 & 0x8000;
  const exponent = (single >>> 23 & 255) - 127;
  const fraction = single & 0x7fffff;
  if (exponent === 128) return sign | (fraction === 0 ? 0x7c00 : 0x7e00);
  if (exponent > 15) return sign | 0x7c00;
  if (exponent < -25) return sign;
  // A number below 2^-14 has fewer digits, the more so the smaller it is.
  const shift = exponent < -14 ? -1 - exponent : 13;
  const base = exponent < -14 ? 0 : exponent + 15 << 10;
  const digits = exponent < -14 ? fraction | 0x800000 : fraction;
  const half = 2 ** (shift - 1);
  const rest = digits % 2 ** shift;
  const kept = base + Math.floor(digits / 2 ** shift);
  const isUp = rest > half || (rest === half && kept % 2 === 1);
  return sign | kept + (isUp ? 1 : 0); // A carry goes into the exponent, up to infinity.
}
