/**
 * Jibri's HTTP API (jibri/doc/http_api.md, protocol/gateway-recorder.md 5.9): health for anybody, and sessions that no
 * focus asked for.
 */
import { create } from "@bufbuild/protobuf";
import { VecheError } from "@veche/kit/errors.ts";
import type { FastifyInstance } from "@veche/kit/http.ts";
import { type Job, JobSchema, Layout, Mode } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { roomId } from "@veche/proto/ids.ts";
import { isFolderName } from "../domain/file-names.ts";
import type { JibriStatus } from "./webhooks.ts";

export type JibriGiven = {
  readonly status: () => JibriStatus;
  /** Name of the environment, as Jibri tells it. */
  readonly environment: string;
  readonly unit: string;
  /** Domain of the rooms. */
  readonly mucDomain: string;
  readonly now: () => number;
  /** False: there is no room for it. */
  readonly start: (job: Job) => boolean;
  readonly stop: (job: string | undefined) => Promise<void>;
};

const prefix = "/jibri/api/v1.0";

export function mountJibri(app: FastifyInstance, given: JibriGiven): void {
  void app.register(async (scope) => mountRoutes(scope, given));
}

function mountRoutes(app: FastifyInstance, given: JibriGiven): void {
  app.removeContentTypeParser("application/json");
  // COMPAT: clients of Jibri call stopService as JSON with no body.
  app.addContentTypeParser<string>("application/json", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, body.trim() === "" ? null : JSON.parse(body));
    } catch {
      done(invalid("body: expected JSON"));
    }
  });
  app.get(`${prefix}/health`, () => ({
    status: given.status(),
    environmentContext: { name: given.environment },
  }));
  app.post(`${prefix}/startService`, (request, reply) => {
    const job = readStart(request.body, given);
    if (job === undefined)
      return reply.code(412).send({ code: "failed-precondition", message: "callLoginParams: expected, found none" });
    if (!given.start(job))
      return reply.code(412).send({ code: "resource-exhausted", message: "busy: no further recording is taken" });
    return reply.code(200).send();
  });
  app.post(`${prefix}/stopService`, async (request, reply) => {
    const id = (request.body as { readonly sessionId?: unknown } | null | undefined)?.sessionId;
    await given.stop(typeof id === "string" ? jobIdOf(id) : undefined);
    return reply.code(200).send();
  });
}

/** Undefined where there is no login. Throws `invalid-argument`, `unimplemented`. */
export function readStart(body: unknown, given: Pick<JibriGiven, "unit" | "mucDomain" | "now">): Job | undefined {
  const { sessionId, callParams, callLoginParams, sinkType, youTubeStreamKey } = asObject(body, "body");
  if (sinkType === "gateway") throw new VecheError("unimplemented", "sinkType: gateway is not done here");
  if (sinkType !== "file" && sinkType !== "stream") throw invalid("sinkType: expected file or stream");
  if (typeof sessionId !== "string" || !isFolderName(sessionId))
    throw invalid("sessionId: expected at most 64 letters, figures, - and _");
  if (typeof callLoginParams !== "object" || callLoginParams === null) return undefined;
  const place = readCallUrl(callParams, given.mucDomain);
  const nowMs = BigInt(given.now());
  const what =
    sinkType === "file"
      ? { file: { recording: sessionId, requestedMs: nowMs } }
      : {
          stream: {
            stream: sessionId,
            targets: [{ id: "1", url: streamUrl(youTubeStreamKey) }],
            requestedMs: nowMs,
          },
        };
  return create(JobSchema, {
    job: jobIdOf(sessionId),
    ...place,
    session: "-",
    unit: given.unit,
    mode: Mode.COMPOSITE,
    layout: Layout.SPEAKER,
    createdMs: nowMs,
    ...what,
  });
}

/** Of jobs that no focus knows. */
function jobIdOf(sessionId: string): string {
  return `http-${sessionId}`;
}

/** "https://meet.example/tenant" and "standup": the room is ours whatever the host is called, and so is who joins it. */
function readCallUrl(callParams: unknown, mucDomain: string) {
  const { callUrlInfo } = asObject(callParams, "callParams");
  const { baseUrl, callName } = asObject(callUrlInfo, "callParams.callUrlInfo");
  if (typeof baseUrl !== "string" || !URL.canParse(baseUrl) || !/^https?:/.test(baseUrl))
    throw invalid("baseUrl: expected an http or https address");
  if (typeof callName !== "string" || callName === "" || callName.length > 1_000 || /[/?#@]/.test(callName))
    throw invalid("callName: expected a room's name");
  const path = decoded(new URL(baseUrl).pathname.replace(/^\/+|\/+$/g, ""), "baseUrl");
  const tenant = path === "" ? "main" : path;
  if (tenant.includes("/")) throw invalid("baseUrl: expected at most a tenant as its path");
  const name = decoded(callName, "callName");
  const node = encodeURIComponent(name.toLowerCase()).toLowerCase();
  const address = tenant === "main" ? node : `[${tenant.toLowerCase()}]${node}`;
  return { tenant, room: roomId(name, tenant), roomName: node, roomJid: `${address}@${mucDomain}` };
}

/** A key alone is YouTube's. */
function streamUrl(key: unknown): string {
  if (typeof key !== "string" || key === "" || key.length > 1_000) throw invalid("youTubeStreamKey: expected a key");
  if (/^rtmps?:\/\//.test(key)) return key;
  if (!/^[\w-]+$/.test(key)) throw invalid("youTubeStreamKey: expected a key, or an rtmp or rtmps address");
  return `rtmp://a.rtmp.youtube.com/live2/${key}`;
}

function decoded(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(`${what}: expected sound percent-encoding`);
  }
}

function asObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) throw invalid(`${what}: expected an object`);
  return value as Readonly<Record<string, unknown>>;
}

function invalid(message: string): VecheError {
  return new VecheError("invalid-argument", message);
}
