import { prepareName, preparePassword } from "../domain/scram.ts";
import { type AccountRole, accountRoles } from "../stream/identity.ts";

export type AccountLimits = {
  readonly inAll: number;
  readonly nameLength: number;
  /** The key of an account is its name in base64, and a key has 200 characters at most. */
  readonly nameBytes: number;
  readonly displayNameLength: number;
  readonly emailLength: number;
  readonly groupLength: number;
  readonly passwordLengthAtLeast: number;
  readonly passwordLength: number;
  readonly csvBytes: number;
  readonly csvRows: number;
};

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: string };

const nameOfAccount = /^[\p{L}\p{N}]([\p{L}\p{M}\p{N}._-]*[\p{L}\p{M}\p{N}])?$/u;
/** Control characters, unassigned ones, and those that turn the direction of what follows. */
const unprintable = /[\p{Cc}\p{Cs}\p{Cn}\p{Co}\u2028-\u202e\u2066-\u2069]/u;
const mailAddress = /^[^\s@<>"(),:;]+@[^\s@<>"(),:;]+$/u;

const good = <T>(value: T): Checked<T> => ({ ok: true, value });
const bad = (fault: string): Checked<never> => ({ ok: false, fault });

/** The name as it is stored and signed in with (RFC 7622, RFC 8265). */
export function checkName(text: string, limits: AccountLimits): Checked<string> {
  const name = prepareName(text.trim());
  if (name === undefined || !nameOfAccount.test(name)) {
    return bad(
      `a name is letters, digits, ".", "_" and "-", and begins and ends with a letter or digit: found "${shown(text)}"`,
    );
  }
  if (name.length > limits.nameLength || Buffer.byteLength(name) > limits.nameBytes) {
    return bad(`a name has ${limits.nameLength} characters and ${limits.nameBytes} bytes at most: "${shown(text)}"`);
  }
  return good(name);
}

/** How long a name may be made, so that it fits in any script and a number fits behind it. */
export function madeNameLength({ nameLength, nameBytes }: AccountLimits): number {
  return Math.min(nameLength, Math.floor(nameBytes / 4)) - 6;
}

export function checkDisplayName(text: string, limits: AccountLimits): Checked<string> {
  return checkLine("a display name", text, limits.displayNameLength);
}

export function checkGroup(text: string, limits: AccountLimits): Checked<string> {
  return checkLine("a group", text, limits.groupLength);
}

export function checkEmail(text: string, limits: AccountLimits): Checked<string> {
  const email = text.trim();
  if (email === "") return good("");
  if (email.length > limits.emailLength) return bad(`a mail address has ${limits.emailLength} characters at most`);
  if (!mailAddress.test(email) || unprintable.test(email)) return bad(`"${shown(text)}" is no mail address`);
  return good(email);
}

export function checkRole(text: string): Checked<AccountRole> {
  const wanted = text.trim().toLowerCase();
  const role = accountRoles.find((known) => known === wanted);
  return role ? good(role) : bad(`a role is ${accountRoles.join(", ")}: found "${shown(text)}"`);
}

/** The password as it is derived from. The fault does not repeat it. */
export function checkPassword(text: string, name: string, limits: AccountLimits): Checked<string> {
  const password = preparePassword(text);
  if (password === undefined || password.length > limits.passwordLength) {
    return bad(`a password is printable characters, ${limits.passwordLength} at most`);
  }
  if ([...password].length < limits.passwordLengthAtLeast) {
    return bad(`a password has ${limits.passwordLengthAtLeast} characters at least`);
  }
  if (password.toLowerCase() === name) return bad("a password is not the name");
  return good(password);
}

function checkLine(what: string, text: string, length: number): Checked<string> {
  const line = text
    .normalize("NFC")
    .replace(/\p{Zs}+/gu, " ")
    .trim();
  if (unprintable.test(line)) return bad(`${what} is one line of printable characters`);
  return line.length > length ? bad(`${what} has ${length} characters at most, found ${line.length}`) : good(line);
}

const shownLength = 40;

function shown(text: string): string {
  const line = text.replace(new RegExp(unprintable, "gu"), "?");
  return line.length > shownLength ? `${line.slice(0, shownLength)}…` : line;
}
