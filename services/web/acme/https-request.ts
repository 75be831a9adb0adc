import type { IncomingHttpHeaders } from "node:http";
import { type RequestOptions, request } from "node:https";
import { rootCertificates } from "node:tls";
import { AcmeProblem } from "./problem.ts";

/** No answer of an ACME server is longer; chains are a few KiB. */
export const maxAnswerBytes = 256 * 1024;
/** From the beginning to the last byte of the answer. */
export const answerMs = 30_000;

export type HttpAnswer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };

export type HttpQuestion = {
  readonly method: "GET" | "HEAD" | "POST";
  readonly body?: string;
  /** Roots in PEM that are trusted beside the usual ones. */
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
  readonly limitMs?: number;
};

/** Follows no redirects. Rejects with AcmeProblem `unreachable`, `untrusted` or `garbled`. */
export function ask(url: string, { method, body, ca, signal, limitMs = answerMs }: HttpQuestion): Promise<HttpAnswer> {
  const options: RequestOptions = {
    method,
    agent: false,
    headers: {
      "user-agent": "Veche",
      ...(body === undefined
        ? {}
        : { "content-type": "application/jose+json", "content-length": Buffer.byteLength(body) }),
    },
    signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
    ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(signal.aborted ? signal.reason : problemOf(error, url, limitMs));
    if (URL.parse(url)?.protocol !== "https:") {
      reject(new AcmeProblem("garbled", `expected an https address, found "${url}"`));
      return;
    }
    const outgoing = request(url, options, (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on("data", (part: Buffer) => {
        size += part.length;
        if (size > maxAnswerBytes)
          outgoing.destroy(new AcmeProblem("garbled", `an answer is longer than ${maxAnswerBytes} bytes`));
        else parts.push(part);
      });
      response.on("error", fail);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts).toString() }),
      );
    });
    outgoing.on("error", fail);
    outgoing.end(body);
  });
}

function problemOf(error: Error, url: string, limitMs: number): AcmeProblem {
  if (error instanceof AcmeProblem) return error;
  const { hostname } = new URL(url);
  const code = "code" in error ? String(error.code) : "";
  if (error.name === "TimeoutError" || (error.cause as Error | undefined)?.name === "TimeoutError") {
    return new AcmeProblem("unreachable", `no answer within ${limitMs / 1000} s`, { cause: error });
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/.test(code))
    return new AcmeProblem("untrusted", error.message, { cause: error });
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return new AcmeProblem("unreachable", `the DNS here knows no ${hostname} (${code})`, { cause: error });
  }
  return new AcmeProblem("unreachable", code === "" ? error.message : code, { cause: error });
}
