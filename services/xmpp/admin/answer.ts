import type { ServerResponse } from "node:http";
import { type ErrorCode, errorTable, VecheError } from "@veche/kit/errors.ts";
import type { CsvFault } from "../accounts/csv.ts";

export type Answer = {
  readonly status: number;
  /** Goes out as JSON. */
  readonly body?: unknown;
  readonly csv?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

type Details = {
  /** Where the code's own status is too wide. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is wrong with a file, line by line. */
  readonly faults?: readonly CsvFault[];
  readonly cause?: unknown;
};

/** A refusal as the API says it: `{"error":{"code","message"}}`. */
export class ApiError extends VecheError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly faults: readonly CsvFault[] | undefined;

  constructor(code: ErrorCode, message: string, details: Details = {}) {
    super(code, message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = "ApiError";
    this.status = details.status ?? errorTable[code].http;
    this.headers = details.headers ?? {};
    this.faults = details.faults;
  }
}

/** What nobody foresaw tells the asker nothing of the inside. */
export function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (thrown instanceof VecheError && thrown.code !== "internal") {
    return new ApiError(thrown.code, thrown.message, { cause: thrown });
  }
  return new ApiError("internal", "something failed here; the log says what", { cause: thrown });
}

export function answerOf({ code, message, status, headers, faults }: ApiError): Answer {
  return { status, headers, body: { error: { code, message, ...(faults ? { faults } : {}) } } };
}

const always = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Content-Security-Policy": "default-src 'none'",
} as const;

export function send(response: ServerResponse, { status, body, csv, headers }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const text = csv ?? (body === undefined ? "" : `${JSON.stringify(body)}\n`);
  const type = csv === undefined ? "application/json; charset=utf-8" : "text/csv; charset=utf-8";
  response.writeHead(status, {
    ...always,
    ...(text === "" ? {} : { "Content-Type": type, "Content-Length": Buffer.byteLength(text) }),
    ...headers,
  });
  response.end(text);
}
