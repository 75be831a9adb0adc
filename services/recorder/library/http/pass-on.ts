import { type IncomingMessage, request } from "node:http";
import type { RequestOptions } from "node:https";
import { VecheError } from "@veche/kit/errors.ts";
import type { FastifyReply } from "@veche/kit/http.ts";
import { libraryLimits as limits } from "../limits.ts";
import type { Neighbours } from "../neighbours.ts";
import { type Asked, passedHeader } from "./request.ts";

const kept = new Set([
  "accept-ranges",
  "cache-control",
  "content-disposition",
  "content-length",
  "content-range",
  "content-security-policy",
  "content-type",
  "cross-origin-resource-policy",
  "etag",
]);

const sent = ["range", "if-range", "if-none-match", "cookie", "authorization", "x-recording-key", "x-forwarded-for"];

/** Hands a request for a file to the recorder that has it, and its answer back as it comes. */
export async function passOn(
  neighbours: Neighbours,
  recorder: string,
  asked: Asked & { readonly url: string },
  reply: FastifyReply,
): Promise<FastifyReply> {
  const way = neighbours.wayTo(recorder);
  if (way === undefined || asked.headers[passedHeader] !== undefined) {
    throw new VecheError("unavailable", `recorder ${recorder}, which has the file, is away`);
  }
  const headers: Record<string, string> = { [passedHeader]: "1" };
  for (const name of sent) {
    const value = asked.headers[name];
    if (typeof value === "string") headers[name] = value;
  }
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  const { url: path, method } = asked;
  const answer = await ask({ ...way, path, method, headers, signal: gone.signal }).catch((cause: unknown) => {
    throw new VecheError("unavailable", `recorder ${recorder}, which has the file, does not answer`, { cause });
  });
  reply.code(answer.statusCode ?? 502);
  for (const [name, value] of Object.entries(answer.headers)) if (kept.has(name)) reply.header(name, value);
  if (asked.method === "HEAD" || answer.statusCode === 304) {
    answer.resume();
    return reply.send();
  }
  return reply.send(answer);
}

function ask(options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request(options);
    outgoing.setTimeout(limits.neighbourMs, () => outgoing.destroy(new Error("no answer in time")));
    outgoing.once("error", reject);
    outgoing.once("response", (answer) => {
      // From here on a silence is the reader's: a film that is paused.
      outgoing.setTimeout(0);
      resolve(answer);
    });
    outgoing.end();
  });
}
