import type { PythonScalar } from "../values/python_scalar.ts";

/** A call of a class in Python, by which a pickle makes a value. */
export interface PythonCall {
  module: string;
  name: string;
  args: readonly CallArgument[];
}

/** What such a call is made with. */
export type CallArgument = string | number | boolean | Uint8Array | PythonCall;

const SECONDS_A_DAY = 86_400;
/** Python has no year beyond these. */
const [MIN_YEAR, MAX_YEAR] = [1, 9999];

/** How Python makes the value of a text; `undefined` where it has no such value: a 30th of February. */
export function callOfScalar({ type, text }: PythonScalar): PythonCall | undefined {
  switch (type) {
    case "datetime.date": {
      const date = packDate(text);
      return date && call("datetime", "date", date);
    }
    case "datetime.time": {
      const [time = "", zone] = splitZone(text);
      return call("datetime", "time", packTime(time), ...zone ? [zone] : []);
    }
    case "datetime.datetime": {
      const [date = "", rest = ""] = text.split("T");
      const [time, zone] = splitZone(rest);
      const day = packDate(date);
      return day && call("datetime", "datetime", concat(day, packTime(time)), ...zone ? [zone] : []);
    }
    case "datetime.timedelta":
      return callOfTimedelta(text);
    default: {
      const dot = type.lastIndexOf(".");
      return call(type.slice(0, dot), type.slice(dot + 1), text);
    }
  }
}

/** How Python makes the time of a `Date`, in UTC; `undefined` for an invalid one, or one of a year beyond 9999. */
export function callOfDate(date: Date): PythonCall | undefined {
  const year = date.getUTCFullYear();
  if (!(year >= MIN_YEAR && year <= MAX_YEAR)) return undefined;
  const [day = "", time = ""] = date.toISOString().replace("Z", "000").split("T");
  const packed = packDate(day);
  return packed && call("datetime", "datetime", concat(packed, packTime(time)), fixedOffset(0));
}

function call(module: string, name: string, ...args: CallArgument[]): PythonCall {
  return { module, name, args };
}

function packDate(text: string): Uint8Array | undefined {
  const [year = 0, month = 0, day = 0] = text.split("-").map(Number);
  const last = new Date(Date.UTC(2000 + year % 400, month, 0)).getUTCDate();
  return year >= MIN_YEAR && day <= last ? Uint8Array.of(year >> 8, year & 255, month, day) : undefined;
}

function packTime(text: string): Uint8Array {
  const [clock = "", fraction = ""] = text.split(".");
  const [hours = 0, minutes = 0, seconds = 0] = clock.split(":").map(Number);
  const micros = Number(fraction.padEnd(6, "0"));
  return Uint8Array.of(hours, minutes, seconds, micros >> 16, micros >> 8 & 255, micros & 255);
}

/** The time, and how Python makes its offset or zone. */
function splitZone(text: string): [time: string, zone?: PythonCall] {
  const at = text.search(/[Z[+-]/);
  if (at < 0) return [text];
  const [time, zone] = [text.slice(0, at), text.slice(at)];
  if (zone === "Z") return [time, fixedOffset(0)];
  if (zone.startsWith("[")) {
    return [time, call("zoneinfo", "ZoneInfo._unpickle", zone.slice(1, -1), true)];
  }
  const [hours = 0, minutes = 0, seconds = 0] = zone.slice(1).split(":").map(Number);
  const micros = Math.round((hours * 3600 + minutes * 60 + seconds) * 1e6);
  return [time, fixedOffset(zone.startsWith("-") ? -micros : micros)];
}

function fixedOffset(micros: number): PythonCall {
  return call("datetime", "timezone", timedelta(0, 0, micros));
}

function callOfTimedelta(text: string): PythonCall | undefined {
  const [, sign, days = "0", hours = "0", minutes = "0", seconds = "0", fraction = ""] =
    /^(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?$/.exec(text) ?? [];
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  const micros = Number(fraction.padEnd(6, "0"));
  const [d = 0, s = 0, us = 0] = [Number(days), total, micros].map((part) => sign ? -part : part);
  const delta = timedelta(d, s, us);
  const isInRange = Number.isSafeInteger(total) && Math.abs(Number(delta.args[0])) <= 999_999_999;
  return isInRange ? delta : undefined;
}

/** Brought into Python's form, in which days alone may be negative. */
function timedelta(days: number, seconds: number, micros: number): PythonCall {
  const allSeconds = seconds + Math.floor(micros / 1e6);
  return call(
    "datetime",
    "timedelta",
    days + Math.floor(allSeconds / SECONDS_A_DAY),
    modulo(allSeconds, SECONDS_A_DAY),
    modulo(micros, 1e6),
  );
}

function modulo(value: number, by: number): number {
  return (value % by + by) % by;
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
