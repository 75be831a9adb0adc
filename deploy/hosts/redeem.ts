/** The joining host's side: asks web for what the token promises, opens it, and says what is wrong where that fails. */
import { X509Certificate } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import { type JoinToken, proofKeyOf, proofOf, unseal } from "@veche/kit/join-token.ts";
import { Fault } from "../users/fault.ts";
import type { Bundle } from "./bundle.ts";

const attempts = 5;
/** How long an answer is waited for; before the second attempt a pause, before each further one longer by as much. */
export type Patience = { readonly answerMs: number; readonly pauseMs: number };
export const patience: Patience = { answerMs: 10_000, pauseMs: 500 };
/** Beyond this, times in logs and facts mislead; beyond a day, certificates fail. */
const clockToleranceMs = 30_000;

export type Redeemed = { readonly bundle: Bundle; readonly clockOffMs: number };

/** `nonce`: the same for as long as the answer has not arrived, so that a lost one is given again. */
export async function redeem(token: JoinToken, nonce: string, waiting = patience): Promise<Redeemed> {
  const body = JSON.stringify({ id: token.id, nonce, proof: proofOf(proofKeyOf(token), token.id, nonce) });
  const answer = await askAgain(token, body, waiting);
  if (answer.status !== 200) throw refusalOf(token, answer);
  const text = unseal(token, sealedIn(answer.text));
  if (text === undefined)
    throw new Fault(
      "refused",
      `what ${token.origin} answered was not sealed with this token: it was changed, or the token is not as it was printed`,
    );
  return { bundle: JSON.parse(text) as Bundle, clockOffMs: answer.clockOffMs };
}

/** One line where the clocks differ so much that somebody should know; undefined else. */
export function clockWarning(origin: string, offMs: number): string | undefined {
  if (Math.abs(offMs) <= clockToleranceMs) return undefined;
  const seconds = Math.round(Math.abs(offMs) / 1000);
  return `the clock of this host is ${seconds} s ${offMs < 0 ? "behind" : "ahead of"} that of ${origin}: set it (timedatectl set-ntp true)`;
}

/** Throws where a certificate of the bundle is not valid at this host's time. */
export function checkTimes({ files }: Bundle, now = Date.now()): void {
  const pem = files["private-tls-cert.pem"];
  if (pem === undefined) return;
  const { validFromDate, validToDate } = new X509Certificate(pem);
  if (validFromDate.getTime() <= now && now < validToDate.getTime()) return;
  throw new Fault(
    "refused",
    `the clock of this host says ${new Date(now).toISOString()}, but its certificate is valid from ${validFromDate.toISOString()}` +
      ` to ${validToDate.toISOString()}: set the clock and start again`,
  );
}

type Answer = { readonly status: number; readonly text: string; readonly clockOffMs: number };

async function askAgain(token: JoinToken, body: string, { answerMs, pauseMs }: Patience): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await ask(`${token.origin}/join`, body, answerMs);
      if (answer.status !== 503 || attempt === attempts) return answer;
    } catch (error) {
      if (attempt === attempts)
        throw new Fault("unreachable", `${token.origin} can't be reached: ${reasonOf(error)}`, { cause: error });
    }
    await pause(pauseMs * attempt);
  }
}

/** Whoever answers proves itself by the seal, so web's certificate need not be one that is trusted here. */
function ask(url: string, body: string, answerMs: number): Promise<Answer> {
  const send = url.startsWith("https:") ? httpsRequest : httpRequest;
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const asking = send(
      url,
      { method: "POST", headers, rejectUnauthorized: false, timeout: answerMs, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const theirs = Date.parse(response.headers.date ?? "");
          const clockOffMs = Number.isNaN(theirs) ? 0 : Date.now() - theirs;
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8"), clockOffMs });
        });
      },
    );
    asking.on("timeout", () => asking.destroy(new Error(`no answer within ${answerMs / 1000} s`)));
    asking.on("error", reject);
    asking.end(body);
  });
}

function refusalOf({ origin }: JoinToken, { status, text }: Answer): Fault {
  const said = messageIn(text);
  if (status === 410) return new Fault("refused", `${said}; make another: hosts remove …, hosts add …`);
  if (status === 404)
    return new Fault(
      "refused",
      `${origin} knows no such token: it was removed, is not whole, or is another installation's`,
    );
  return new Fault("refused", `${origin} answers ${status}: ${said}`);
}

function messageIn(text: string): string {
  try {
    return String((JSON.parse(text) as { message?: unknown }).message ?? text.slice(0, 200));
  } catch {
    return text.slice(0, 200);
  }
}

function sealedIn(text: string): string {
  try {
    return String((JSON.parse(text) as { sealed?: unknown }).sealed ?? "");
  } catch {
    return "";
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(", ");
  return error instanceof Error ? error.message : String(error);
}
