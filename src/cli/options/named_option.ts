import { type Message, message, optionName, text } from "@optique/core/message";
import { argument, option } from "@optique/core/primitives";
import type { HiddenVisibility } from "@optique/core/usage";
import type { ValueParser } from "@optique/core/valueparser";

/**
 * An option with a value. What is wrong with the value is told in the words of this project.
 *
 * @param hidden `usage` for one that many commands have: the line of usage has the others.
 */
export function valueOption<T>(
  name: `--${string}`,
  value: ValueParser<"sync", T>,
  description: Message,
  hidden: HiddenVisibility = false,
): ReturnType<typeof option<"sync", T>> {
  return option(name, value, {
    description,
    hidden,
    errors: {
      invalidValue: (problem) => message`Cannot use ${optionName(name)}: ${problem}`,
      missing: message`${optionName(name)} is missing`,
      duplicate: message`${optionName(name)} is given twice`,
    },
  });
}

/** An option without a value. */
export function flagOption(
  names: readonly [`-${string}`, ...`-${string}`[]],
  description: Message,
  hidden: HiddenVisibility = false,
): ReturnType<typeof option> {
  return option(...names, {
    description,
    hidden,
    errors: { unexpectedValue: message`${optionName(names[0])} takes no value` },
  });
}

/** A value that has no option before it. */
export function valueArgument<T>(
  value: ValueParser<"sync", T>,
  description: Message,
): ReturnType<typeof argument<"sync", T>> {
  const { metavar } = value;
  return argument(value, {
    description,
    errors: {
      invalidValue: (problem) => message`Cannot use ${text(metavar)}: ${problem}`,
      endOfInput: message`${text(metavar)} is missing`,
    },
  });
}
