import { type LiveKey, liveKeys, liveTable } from "@veche/kit/live-table.ts";

/** The texts of `--help`. The command is called the way the reader called it. */

const inContainer = "docker compose exec xmpp";

export const usersHelp = `Usage: npm run users -- <command> …        in containers: ${inContainer} users <command> …

  list [text] [--role <role>] [--group <group>]
                        everybody, or who has the text in a name, display name, address or group
  show <name>           one account
  add <name> [--display-name "Anna Petrova"] [--role <role>] [--group <group>] [--email <address>]
                        a new account; its role is pupil unless --role says teacher or administrator
  change <name> [--display-name …] [--role …] [--group …] [--email …]
                        changes what is named
  passwd <name>         a new password; whoever is signed in with the old one is signed out
  disable <name>        no sign-in any more; who is signed in is signed out
  enable <name>         takes that back
  sign-out <name>       ends what the person is signed in with; signing in again works
  remove <name> …       removes accounts and what was kept of them
  import <file.csv> [--group <group>] [--role <role>] [--existing error|update|skip] [--reset-passwords]
         [--dry-run] [--out <file>]
                        a class in one step: all of the file, or nothing where one line is at fault. The first row
                        names the columns: name, display name, role, group, email, password, in any order; name or
                        display name is enough. "-" reads standard input. --out writes the passwords into a file that
                        only its owner reads, instead of showing them.

Passwords of add and passwd are asked for at the terminal, without showing them; or
  --generate            makes a one-time password and prints it, once
  --password-stdin      reads it from standard input

  --json                prints what the server answered
  --csv                 import: prints the passwords as CSV
  --help                this

A one-time password is one that somebody else has seen: it works until its owner changes it, and the list says so.
Exit codes: 0 done, 1 refused by the server, 2 the command was wrong, 3 the server can't be reached or denies access.`;

const width = 34;

/** `max-participants 0…10000` and what it does, for each. */
const liveLines = liveKeys.map((key) => {
  const { name, setting } = liveTable[key];
  const head = `  ${name} ${valuesOf(key)}`;
  const sentence = wrap(setting.sentence, 116 - width, " ".repeat(width));
  return head.length < width ? head.padEnd(width) + sentence : `${head}\n${" ".repeat(width)}${sentence}`;
});

const variables = liveKeys.flatMap((key) => liveTable[key].variables).join(", ");
const liveWords = `A change holds at once, with no restart; who is in a room stays in it, and a page shows it when it is \
loaded again. The table says where each value is from. Where a variable is set in the environment it wins, and the \
setting can't be changed here: ${variables}.`;

export const settingsHelp = `Usage: npm run settings -- get [name]           in containers: ${inContainer} settings get
       npm run settings -- set <name> <value>
       npm run settings -- reset <name>         back to what it is while nobody has said another value

${liveLines.join("\n")}

  --json                          prints what the server answered

${wrap(liveWords, 116, "")}
Exit codes: 0 done, 1 refused by the server, 2 the command was wrong, 3 the server can't be reached or denies access.`;

function valuesOf(key: LiveKey): string {
  const { setting, standard } = liveTable[key];
  if (typeof standard === "boolean") return "on|off";
  const parsed = setting.parse("?");
  if (typeof standard === "number")
    return (parsed.ok ? "" : parsed.expected).replace(/^.* from (\d+) to (\d+)$/, "$1…$2");
  return setting.kind === "text" ? '"<text>"' : setting.kind.replaceAll(" ", "");
}

/** In lines of so many characters, each but the first behind `indent`. */
function wrap(text: string, length: number, indent: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1) ?? "";
    if (last !== "" && last.length + 1 + word.length > length) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines.join(`\n${indent}`);
}
