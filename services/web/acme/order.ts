import { isIP } from "node:net";
import type { Clock } from "@veche/kit/clock.ts";
import { type Certificate, readCertificate } from "@veche/kit/tls/certificate.ts";
import { createRequest } from "@veche/kit/x509.ts";
import { AcmeProblem } from "./problem.ts";
import { type AcmeServer, type Answer, needed, problemIn } from "./server.ts";
import { sleep } from "./sleep.ts";

/** How long an authority may take to look, and to sign. */
const patienceMs = 180_000;
/** Some authorities name what went wrong, and try again; so long they may. */
const errorPatienceMs = 15_000;
const pollMs = { least: 1_000, most: 15_000 };

export interface ChallengeBoard {
  put(token: string, keyAuthorization: string): Promise<void>;
  remove(token: string): Promise<void>;
}

export type Order = {
  readonly names: readonly string[];
  /** One of those that the authority offers, such as Let's Encrypt's "shortlived"; empty: its usual one. */
  readonly profile: string;
  /** The certificate that this one comes after, by its identifier (RFC 9773, 4.1): such orders count in no limit. */
  readonly replaces: string | undefined;
  readonly board: ChallengeBoard;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** From the order to the certificate, with a new key (RFC 8555, 7.4). Rejects with AcmeProblem. */
export async function orderCertificate(server: AcmeServer, order: Order): Promise<Certificate> {
  await server.signIn();
  const made = await create(server, order);
  const url = needed(made.location, "the address of the order");
  for (const authorization of list(made, "authorizations")) await prove(server, authorization, order);
  const { request, key } = await createRequest(order.names);
  await server.post(text(made, "finalize"), { csr: request });
  const done = await poll(server, url, order, "certificate", (status) => status === "valid");
  const { text: chain } = await server.post(text(done, "certificate"), "");
  return check(chain, key, order.names);
}

async function create(server: AcmeServer, order: Order): Promise<Answer> {
  const { names, profile, replaces } = order;
  const payload = {
    identifiers: names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value })),
    ...(profile === "" ? {} : { profile }),
  };
  if (replaces === undefined) return server.create("newOrder", payload);
  try {
    return await server.create("newOrder", { ...payload, replaces });
  } catch (error) {
    // It was replaced already, or is of an account before this one: then it is an order like any other.
    const isRefused =
      error instanceof AcmeProblem && ["alreadyReplaced", "malformed", "unauthorized"].includes(error.type);
    if (!isRefused) throw error;
    return server.create("newOrder", payload);
  }
}

/** Lets the authority look at `http://<name>/.well-known/acme-challenge/<token>` (RFC 8555, 8.3). */
async function prove(server: AcmeServer, authorization: string, order: Order): Promise<void> {
  const { object } = await server.post(authorization, "");
  if (object?.status === "valid") return;
  const name = nameIn(object);
  const challenges = (Array.isArray(object?.challenges) ? object.challenges : []) as Record<string, unknown>[];
  const challenge = challenges.find(({ type }) => type === "http-01");
  if (challenge === undefined) {
    throw new AcmeProblem(
      "garbled",
      `expected a challenge http-01 for ${name}, found ${challenges.map(({ type }) => type).join(", ")}`,
    );
  }
  const token = needed(typeof challenge.token === "string" ? challenge.token : undefined, "a token");
  const url = needed(typeof challenge.url === "string" ? challenge.url : undefined, "the address of the challenge");
  await order.board.put(token, server.keyAuthorization(token));
  try {
    await server.post(url, {});
    await poll(server, authorization, order, `check of ${name}`, (status) => status === "valid");
  } finally {
    await order.board.remove(token);
  }
}

/** Until it is what it should be; rejects once it is `invalid`, with the authority's reason. */
async function poll(
  server: AcmeServer,
  url: string,
  { clock, signal }: Order,
  what: string,
  isDone: (status: unknown) => boolean,
): Promise<Answer> {
  const start = clock.now();
  for (let waitMs: number = pollMs.least; ; waitMs = Math.min(waitMs * 1.5, pollMs.most)) {
    const answer = await server.post(url, "");
    const status = answer.object?.status;
    if (isDone(status)) return answer;
    if (status !== "pending" && status !== "processing" && status !== "ready") throw refusal(answer, what);
    const waitedMs = clock.now() - start;
    if (waitedMs >= errorPatienceMs && errorIn(answer) !== undefined) throw refusal(answer, what);
    if (waitedMs >= patienceMs)
      throw new AcmeProblem("slow", `the ${what} is still "${status}" after ${patienceMs / 1000} s`);
    await sleep(clock, Math.min(Math.max(answer.retryAfterMs ?? waitMs, pollMs.least), pollMs.most), signal);
  }
}

/** Of an order, or of the challenges of an authorization. */
function errorIn({ object }: Answer): Readonly<Record<string, unknown>> | undefined {
  const challenges = (Array.isArray(object?.challenges) ? object.challenges : []) as Record<string, unknown>[];
  const error = [object?.error, ...challenges.map((challenge) => challenge.error)].find(Boolean);
  if (typeof error !== "object" || error === null) return undefined;
  const { type } = error as { type?: unknown };
  // COMPAT: step-ca, and Caddy with it, call a wrong answer to a challenge so.
  const isWrongAnswer = challenges.length > 0 && String(type).endsWith(":rejectedIdentifier");
  return isWrongAnswer ? { ...error, type: "incorrectResponse" } : (error as Record<string, unknown>);
}

function refusal(answer: Answer, what: string): AcmeProblem {
  const { object, retryAfterMs } = answer;
  const error = errorIn(answer);
  const names = object?.identifier === undefined ? [] : [nameIn(object)];
  if (error !== undefined) return problemIn(error, { retryAfterMs, names });
  const text = `the ${what} is "${object?.status}", and no reason is given`;
  return new AcmeProblem("garbled", text, { retryAfterMs, names });
}

function check(chain: string, key: string, names: readonly string[]): Certificate {
  try {
    const certificate = readCertificate("acme", chain, key);
    const missing = names.filter((name) => !covers(certificate, name));
    if (missing.length > 0) throw new Error(`the certificate lacks ${missing.join(", ")}`);
    return certificate;
  } catch (error) {
    throw new AcmeProblem("garbled", error instanceof Error ? error.message : String(error), { cause: error });
  }
}

export function covers({ leaf }: Certificate, name: string): boolean {
  return (isIP(name) === 0 ? leaf.checkHost(name) : leaf.checkIP(name)) !== undefined;
}

function nameIn(object: Answer["object"]): string {
  const { identifier } = (object ?? {}) as { identifier?: { value?: unknown } };
  return String(identifier?.value ?? "");
}

function text({ object }: Answer, field: string): string {
  const value = object?.[field];
  return needed(typeof value === "string" ? value : undefined, `${field} in the order`);
}

function list({ object }: Answer, field: string): readonly string[] {
  const value = object?.[field];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
