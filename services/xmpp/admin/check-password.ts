import type { Passwords } from "../sasl/passwords.ts";
import type { CheckPassword } from "./authentication.ts";

/** As sign-in does it, and counted with it: who guesses gains nothing by asking at two doors. */
export function checkPasswordsOf(passwords: Pick<Passwords, "verifyPlain">, domain: string): CheckPassword {
  return async (asked, password) => {
    const reply = await passwords.verifyPlain({ ...asked, domain }, password);
    if (reply.type === "done") return "right";
    return reply.type === "failed" && reply.condition === "temporary-auth-failure" ? "later" : "wrong";
  };
}
