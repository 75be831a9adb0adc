/** Others see names; longer ones would be cut anyway. */
export const MAX_NAME_LENGTH = 64;

export interface OwnName {
  readonly name: string;
  /** Said by whoever issued the link or runs the server: not for this person to change. */
  readonly isFixed: boolean;
}

interface Sayings {
  readonly token: string | undefined;
  /** Of the address: `userInfo.displayName`. */
  readonly wish: unknown;
  readonly kept: unknown;
  readonly isReadOnly: boolean;
}

export function ownName({ token, wish, kept, isReadOnly }: Sayings): OwnName {
  const ofToken = cut(userInToken(token).name.trim());
  if (ofToken !== "") return { name: ofToken, isFixed: true };
  const name = [wish, kept].find((each) => typeof each === "string") ?? "";
  return { name: cut(String(name)), isFixed: isReadOnly && name !== "" };
}

export interface TokenUser {
  readonly name: string;
  readonly email: string;
  readonly avatar: string;
}

/** What the token says is for the server to believe; here it is shown only. What it leaves out is "". */
export function userInToken(token: string | undefined): TokenUser {
  const user = claimedUser(token ?? "");
  const text = (name: string) => (typeof user[name] === "string" ? user[name] : "");
  return { name: text("name"), email: text("email"), avatar: text("avatar") };
}

function claimedUser(token: string): Readonly<Record<string, unknown>> {
  try {
    const [, claims = ""] = token.split(".");
    const bytes = Uint8Array.from(atob(claims.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    const read: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return (read as { context?: { user?: Readonly<Record<string, unknown>> | null } } | null)?.context?.user ?? {};
  } catch {
    return {};
  }
}

function cut(name: string): string {
  return [...name].slice(0, MAX_NAME_LENGTH).join("");
}
