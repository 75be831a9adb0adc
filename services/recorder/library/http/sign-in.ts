import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Bus } from "@veche/kit/bus.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { IdentifyRequestSchema } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { isGoing } from "../going.ts";
import type { Guesses } from "../guesses.ts";
import type { Library } from "../library.ts";
import { libraryLimits as limits } from "../limits.ts";
import { isOpen, isSame } from "../rights.ts";
import { hashOf } from "../secrets.ts";
import type { Signed } from "../sessions.ts";
import { type Fields, fieldsOf, textField } from "./fields.ts";

type Grant = Signed["grants"][number];

/** The password is looked at by the XMPP server, slowly on purpose where many were wrong. */
const identifyMs = 5_000;

export type SignInGiven = {
  readonly library: Library;
  readonly bus: Bus;
  readonly unit: string;
  readonly guesses: Guesses;
};

/**
 * Who this is, by one of: `user` and `password`; `token`; `sessionId` and `machineUid` of a sign-in in the meeting; `keys`
 * of recordings; a `link`. Wrong ones count against the address and the account.
 */
export async function signIn(given: SignInGiven, body: unknown, address: string): Promise<Signed> {
  const fields = fieldsOf(body);
  if (fields.keys !== undefined) return byKeys(given, fields.keys, address);
  if (fields.link !== undefined) return byLink(given, fieldsOf(fields.link), address);
  return byAccount(given, fields, address);
}

async function byAccount({ bus, unit, guesses }: SignInGiven, fields: Fields, address: string): Promise<Signed> {
  const asked: MessageInitShape<typeof IdentifyRequestSchema> = {
    user: textField(fields, "user", 1_023),
    password: textField(fields, "password", 1_023),
    token: textField(fields, "token", 16_384),
    sessionId: textField(fields, "sessionId", 200),
    machineUid: textField(fields, "machineUid", 200),
    address,
  };
  const hasProof = (asked.user !== "" && asked.password !== "") || asked.token !== "" || asked.sessionId !== "";
  if (!hasProof) throw new VecheError("invalid-argument", "expected user and password, token, keys or link");
  const account = (asked.user ?? "").normalize("NFKC").toLowerCase();
  guesses.check(address, account);
  const identity = await bus
    .request(xmpp.identify, { unit }, asked, { timeoutMs: identifyMs })
    .then((answer) => answer.identity)
    .catch((error: unknown) => {
      const wrong: readonly string[] = ["permission-denied", "unauthenticated", "failed-precondition"];
      if (error instanceof VecheError && wrong.includes(error.code)) return undefined;
      throw error;
    });
  if (!identity || (identity.kind !== "account" && identity.kind !== "token") || identity.userId === "") {
    // An old sign-in of the meeting is no guess: browsers of a whole school may offer theirs.
    if (asked.sessionId === "") guesses.failed(address, account);
    throw new VecheError("unauthenticated", "name or password is wrong, or the token does not hold here");
  }
  return {
    user: identity.userId,
    person: identity.person,
    role: identity.accountRole,
    grants: [],
    endsMs: Number(identity.expiresMs),
  };
}

/** Keys that open nothing are passed over: a browser offers all it has, also of recordings that are gone. */
async function byKeys({ library, guesses }: SignInGiven, keys: unknown, address: string): Promise<Signed> {
  if (!Array.isArray(keys) || keys.length > limits.grantsPerSession) {
    throw new VecheError("invalid-argument", `keys: expected a list of ≤ ${limits.grantsPerSession}`);
  }
  guesses.check(address);
  const grants: Grant[] = [];
  let wrong = 0;
  for (const pair of keys) {
    const fields = fieldsOf(pair);
    const recording = textField(fields, "recording", 64);
    const key = textField(fields, "key", 200);
    const entry = recording === "" ? undefined : await library.entries.find(recording);
    if (!entry || isGoing(entry)) continue;
    if (isSame(hashOf(key), entry.ownerKeyHash)) grants.push({ recording, link: "" });
    else wrong += 1;
  }
  if (wrong > 0) guesses.failed(address);
  if (grants.length === 0) throw new VecheError("unauthenticated", "none of these keys opens a recording");
  return { user: "", person: "", role: "", grants };
}

async function byLink({ library, guesses }: SignInGiven, fields: Fields, address: string): Promise<Signed> {
  const recording = textField(fields, "recording", 64);
  const id = textField(fields, "id", 64);
  const secret = textField(fields, "secret", 200);
  guesses.check(address);
  const entry = recording === "" ? undefined : await library.entries.find(recording);
  const link = entry && !isGoing(entry) ? entry.links.find((known) => known.id === id) : undefined;
  if (!link || !isSame(hashOf(secret), link.hash)) {
    guesses.failed(address);
    throw new VecheError("unauthenticated", "this link opens nothing, or it was revoked");
  }
  if (!isOpen(link, library.options.clock.now())) throw new VecheError("permission-denied", "this link has expired");
  return { user: "", person: "", role: "", grants: [{ recording, link: id }] };
}
