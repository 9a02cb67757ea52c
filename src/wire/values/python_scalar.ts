/** The types that {@linkcode PythonScalar} carries. */
export type PythonScalarType =
  | "decimal.Decimal"
  | "fractions.Fraction"
  | "uuid.UUID"
  | "datetime.datetime"
  | "datetime.date"
  | "datetime.time"
  | "datetime.timedelta"
  | "pathlib.PosixPath"
  | "pathlib.WindowsPath"
  | "pathlib.PurePosixPath"
  | "pathlib.PureWindowsPath";

const DATE = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`;
const TIME = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{6})?`;
const OFFSET = String.raw`(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{6})?)?)`;
const ZONE = String.raw`(?:\[[A-Za-z][\w+-]*(?:\/[\w+-]+)*\])`;

/** What a text of each type looks like; a path may be any text. */
const FORMS: Partial<Record<PythonScalarType, RegExp>> = {
  "decimal.Decimal": /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|Infinity|s?NaN\d*)$/,
  "fractions.Fraction": /^-?\d+(?:\/0*[1-9]\d*)?$/,
  "uuid.UUID": /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/,
  "datetime.datetime": new RegExp(`^${DATE}T${TIME}(?:${OFFSET}|${ZONE})?$`),
  "datetime.date": new RegExp(`^${DATE}$`),
  "datetime.time": new RegExp(`^${TIME}${OFFSET}?$`),
  "datetime.timedelta": /^-?P(?:\d{1,9}D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d{1,6})?S)?)?(?<![PT])$/,
};

/**
 * A value of Python's standard library that is best told as text:
 *
 * | type | text |
 * |---|---|
 * | `decimal.Decimal`, `fractions.Fraction` | as Python writes it: `1.50`, `-1/3` |
 * | `uuid.UUID` | lower case, with hyphens |
 * | `datetime.date`, `datetime.time` | ISO 8601: `2026-01-31`, `23:59:59.000001+01:00` |
 * | `datetime.datetime` | ISO 8601: `2026-01-31T12:00:00`, with an offset where it has one, and with `[Europe/Paris]` (RFC 9557) where it has a zone |
 * | `datetime.timedelta` | ISO 8601: `P1DT3600.5S`, negative with a sign before all: `-PT5S` |
 * | `pathlib.…` | the path |
 *
 * `new Date(value.text)` and Temporal read the dates. Without an offset a `datetime` is in nobody's time zone: `Date`
 * takes it as local.
 *
 * @example
 * ```ts
 * import { PythonScalar } from "@edge-compute/globus/values";
 *
 * export const price = new PythonScalar("decimal.Decimal", "19.90");
 * ```
 */
export class PythonScalar {
  /** The Python type, with its module. */
  readonly type: PythonScalarType;
  /** The value. */
  readonly text: string;

  /**
   * Makes one of its text.
   *
   * @throws {RangeError} If it is no text of this type.
   */
  constructor(type: PythonScalarType, text: string) {
    const isPath = type.startsWith("pathlib.");
    if (!(isPath || FORMS[type]?.test(text))) throw new RangeError(`Not a ${type}: '${text.slice(0, 100)}'`);
    this.type = type;
    this.text = text;
  }

  /** The text. */
  toString(): string {
    return this.text;
  }

  /** The text. */
  toJSON(): string {
    return this.text;
  }
}
