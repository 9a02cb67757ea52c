/** What a letter after a backslash means in a text of Python's: the control characters that have one. */
export const PYTHON_ESCAPES: readonly (readonly [letter: string, character: string])[] = [
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
];
