import { PythonObject } from "../values/python_object.ts";
import { PythonScalar } from "../values/python_scalar.ts";
import type { PythonValue } from "../values/python_value.ts";
import type { Builder } from "./builder.ts";

const pad = (number: number, digits = 2) => String(number).padStart(digits, "0");

/** The packed form of a date or time: bytes, or from Python 2 a text. `undefined` if it has another length. */
function packed(value: PythonValue | undefined, length: number): ArrayLike<number> | undefined {
  if (value instanceof Uint8Array) return value.length === length ? value : undefined;
  if (typeof value !== "string" || value.length !== length) return undefined;
  return Array.from({ length }, (_, index) => value.charCodeAt(index));
}

const byteAt = (bytes: ArrayLike<number>, index: number) => bytes[index] ?? 0;

function dateText(bytes: ArrayLike<number>): string {
  const year = byteAt(bytes, 0) * 256 + byteAt(bytes, 1);
  return `${pad(year, 4)}-${pad(byteAt(bytes, 2))}-${pad(byteAt(bytes, 3))}`;
}

function timeText(bytes: ArrayLike<number>, at: number): string {
  const micros = byteAt(bytes, at + 3) * 65536 + byteAt(bytes, at + 4) * 256 + byteAt(bytes, at + 5);
  const text = `${pad(byteAt(bytes, at))}:${pad(byteAt(bytes, at + 1))}:${pad(byteAt(bytes, at + 2))}`;
  return micros === 0 ? text : `${text}.${pad(micros, 6)}`;
}

/** The offset or the zone as a text; `undefined` where a text cannot tell it. */
function zoneText(zone: PythonValue | undefined): string | undefined {
  if (zone === undefined || zone === null) return "";
  if (!(zone instanceof PythonObject) || zone.state !== undefined || zone.isNew) return undefined;
  const [first, second] = zone.args ?? [];
  const name = zone.toString();
  // Its name, if it has one, is for display only: Python takes it for equal.
  if (name === "datetime.timezone") return first instanceof PythonScalar ? offsetText(first) : undefined;
  // The second says that it is the usual one of its name, and not one that was read apart.
  const isUsual = name === "zoneinfo.ZoneInfo._unpickle" && typeof first === "string" && Boolean(second);
  return isUsual ? `[${first}]` : undefined;
}

function offsetText(offset: PythonScalar): string | undefined {
  const [, sign = "+", digits = "0", fraction = ""] = /^(-)?PT(\d{1,5})(\.\d+)?S$/.exec(offset.text) ?? [];
  if (offset.type !== "datetime.timedelta" || !offset.text.includes("T") || offset.text.includes("D")) {
    return undefined;
  }
  const seconds = Number(digits);
  const text = `${sign}${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}`;
  if (fraction !== "") return `${text}:${pad(seconds % 60)}.${fraction.slice(1).padEnd(6, "0")}`;
  return seconds % 60 === 0 ? text : `${text}:${pad(seconds % 60)}`;
}

/** One that is the second of two of an hour that a clock shows twice (`fold=1`) is out of the text's range. */
export const datetime: Builder = ([data, zone]) => {
  const bytes = packed(data, 10);
  const offset = zoneText(zone);
  if (bytes === undefined || offset === undefined) return undefined;
  return new PythonScalar("datetime.datetime", `${dateText(bytes)}T${timeText(bytes, 4)}${offset}`);
};

export const date: Builder = ([data]) => {
  const bytes = packed(data, 4);
  return bytes && new PythonScalar("datetime.date", dateText(bytes));
};

export const time: Builder = ([data, zone]) => {
  const bytes = packed(data, 6);
  const offset = zoneText(zone);
  if (bytes === undefined || offset === undefined) return undefined;
  return new PythonScalar("datetime.time", timeText(bytes, 0) + offset);
};

/** Python's days may be negative, with seconds forward from there; the text has one sign for all. */
export const timedelta: Builder = ([days, seconds, micros]) => {
  if (!isBetween(days, -999_999_999, 999_999_999)) return undefined;
  if (!isBetween(seconds, 0, 86_399) || !isBetween(micros, 0, 999_999)) return undefined;
  let [d, s, us] = [days, seconds, micros];
  if (days < 0) {
    us = (1_000_000 - micros) % 1_000_000;
    const borrowed = micros > 0 ? 1 : 0;
    s = (86_400 - seconds - borrowed) % 86_400;
    d = -days - (seconds + borrowed > 0 ? 1 : 0);
  }
  const fraction = us === 0 ? "" : `.${pad(us, 6).replace(/0+$/, "")}`;
  const clock = s === 0 && us === 0 && d !== 0 ? "" : `T${s}${fraction}S`;
  return new PythonScalar("datetime.timedelta", `${days < 0 ? "-" : ""}P${d === 0 ? "" : `${d}D`}${clock}`);
};

function isBetween(value: PythonValue | undefined, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}
