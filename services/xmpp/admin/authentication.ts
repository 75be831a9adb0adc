import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { AccountRecord } from "../accounts/account.ts";
import { prepareName } from "../domain/scram.ts";
import { ApiError } from "./answer.ts";

/** Who asks: the one who runs the installation, by token; or somebody with an account. */
export type Asker = { readonly type: "operator" } | { readonly type: "account"; readonly account: AccountRecord };

export type Access = "administrator" | "owner";

/** Looks at a password as sign-in does: `later` where so many were wrong that it was not looked at. */
export type CheckPassword = (
  asked: { readonly name: string; readonly address: string },
  password: string,
) => Promise<"right" | "wrong" | "later">;

export type AuthenticationGiven = {
  /** "": there is none. */
  readonly token: string;
  readonly accounts: { find(name: string): AccountRecord | undefined };
  readonly checkPassword: CheckPassword;
};

const challenge = { "WWW-Authenticate": 'Bearer realm="veche", Basic realm="veche", charset="UTF-8"' };
const retrySeconds = "60";

/** Bearer with the installation's token (RFC 6750), or Basic with an account's name and password (RFC 7617). */
export class Authentication {
  readonly #given: AuthenticationGiven;

  constructor(given: AuthenticationGiven) {
    this.#given = given;
  }

  async admit(request: IncomingMessage, address: string, access: Access): Promise<Asker> {
    // A browser says which page sends it: no page may use what a browser remembers of an administrator.
    if (request.headers.origin !== undefined) {
      throw new ApiError("permission-denied", "this API is not for web pages: leave out the header Origin");
    }
    const asker = await this.#identify(request, address);
    if (access === "owner") {
      if (asker.type === "account") return asker;
      throw new ApiError("permission-denied", "a token is nobody's account: sign in with a name and a password");
    }
    if (asker.type === "operator" || asker.account.role === "administrator") return asker;
    throw new ApiError("permission-denied", `account "${asker.account.name}" is no administrator's`);
  }

  #identify(request: IncomingMessage, address: string): Promise<Asker> | Asker {
    const { authorization } = request.headers;
    if (authorization === undefined) throw unauthenticated("say who you are: Authorization is missing");
    const [, scheme = "", credentials = ""] = /^(\S+) +(\S+) *$/.exec(authorization) ?? [];
    if (/^bearer$/i.test(scheme)) return this.#byToken(credentials);
    if (/^basic$/i.test(scheme)) return this.#byPassword(credentials, address);
    throw unauthenticated("Authorization: expected Bearer or Basic");
  }

  #byToken(found: string): Asker {
    const { token } = this.#given;
    if (token === "") throw unauthenticated("there is no token here: XMPP_ADMIN_TOKEN is empty");
    if (!isSame(found, token)) throw unauthenticated("the token is wrong");
    return { type: "operator" };
  }

  async #byPassword(credentials: string, address: string): Promise<Asker> {
    const text = Buffer.from(credentials, "base64").toString("utf8");
    const separator = text.indexOf(":");
    const name = separator < 0 ? undefined : prepareName(text.slice(0, separator));
    if (name === undefined) throw unauthenticated("name and password are wrong");
    const outcome = await this.#given.checkPassword({ name, address }, text.slice(separator + 1));
    if (outcome === "later") {
      throw new ApiError("resource-exhausted", "too many attempts; try again later", {
        headers: { "Retry-After": retrySeconds },
      });
    }
    const account = outcome === "right" ? this.#given.accounts.find(name) : undefined;
    if (!account || account.isDisabled) throw unauthenticated("name or password is wrong, or the account is disabled");
    return { type: "account", account };
  }
}

function unauthenticated(message: string): ApiError {
  return new ApiError("unauthenticated", message, { headers: challenge });
}

/** In the same time wherever the first difference is, and whatever the length. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
