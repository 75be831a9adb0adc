import { type ParseArgsConfig, parseArgs } from "node:util";
import { Fault } from "./fault.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** What stands behind a command, with so many words besides the options. */
export function readArguments<const T extends Options>(
  args: readonly string[],
  options: T,
  words: { readonly least: number; readonly most: number; readonly expected: string },
) {
  const parsed = parse(args, options);
  const count = parsed.positionals.length;
  if (count < words.least || count > words.most) {
    throw new Fault(
      "usage",
      `expected ${words.expected}, found ${count === 0 ? "nothing" : parsed.positionals.join(" ")}`,
    );
  }
  return parsed;
}

function parse<const T extends Options>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new Fault("usage", error instanceof Error ? error.message : String(error), { cause: error });
  }
}
