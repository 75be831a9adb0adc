import type { NewPassword } from "../accounts/directory.ts";
import { oneTimePassword } from "../accounts/one-time-password.ts";
import { deriveCredential, scramMechanisms } from "../domain/scram.ts";

/** What is kept of a password: enough for each mechanism a client may choose. */
export async function keepPassword(password: string, isOneTime: boolean): Promise<NewPassword> {
  const credentials = [];
  for (const mechanism of scramMechanisms) credentials.push(await deriveCredential(mechanism, password));
  return { credentials, isOneTime };
}

/** Text that is shown once, and what is kept of it. */
export async function makeOneTimePassword(): Promise<{ readonly text: string; readonly kept: NewPassword }> {
  const text = oneTimePassword();
  return { text, kept: await keepPassword(text, true) };
}
