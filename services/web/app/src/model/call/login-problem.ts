import type { LoginProblem } from "./state.ts";

/** What a condition of RFC 6120, section 6.5, means to whoever typed the password. */
export function loginProblem(condition: string): LoginProblem {
  switch (condition) {
    case "not-authorized":
    case "malformed-request":
      return "wrong";
    case "temporary-auth-failure":
      return "blocked";
    case "account-disabled":
      return "disabled";
    case "credentials-expired":
      return "expired";
    case "invalid-mechanism":
    case "encryption-required":
      return "insecure";
    default:
      return "unreachable";
  }
}
