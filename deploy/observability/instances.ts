/** The processes of all roles, on whatever host, found and asked over NATS. */
import { isNoResponders } from "@veche/kit/nats-errors.ts";
import type { NatsLink } from "@veche/kit/nats-link.ts";
import { requestOver } from "@veche/kit/nats-request.ts";
import type { ExamineResponse, MetricsResponse } from "@veche/proto/gen/veche/instance/v1/instance_pb.ts";
import { instance as contracts } from "@veche/proto/subjects.ts";

/** One start of one process. */
export type Instance = {
  readonly role: string;
  readonly instance: string;
  /** Host id. */
  readonly host: string;
  readonly version: string;
};

export type Examined = {
  readonly found: Instance;
  readonly answer: ExamineResponse;
  /** Its clock less this one's, to half the time that the question and its answer took. */
  readonly clockOffsetMs: number;
  readonly tookMs: number;
};

const limits = {
  /** How long those who are there have to say so. */
  findMs: 1000,
  answerMs: 3000,
  /** A network of schools has tens; more than this is somebody else's doing. */
  instances: 1000,
};

/** Who answers `$SRV.PING` and is one of ours, by role, host and instance. */
export async function findInstances(link: NatsLink, waitMs = limits.findMs): Promise<readonly Instance[]> {
  const found = new Map<string, Instance>();
  const pongs = await link.nc.requestMany("$SRV.PING", "", {
    strategy: "timer",
    maxWait: waitMs,
  });
  try {
    for await (const pong of pongs) {
      const instance = readPong(pong.string());
      if (instance && found.size < limits.instances) found.set(instance.instance, instance);
    }
  } catch (error) {
    if (!isNoResponders(error)) throw error;
  }
  const order = ({ role, host, instance }: Instance) => `${role} ${host} ${instance}`;
  return [...found.values()].sort((one, other) => (order(one) < order(other) ? -1 : 1));
}

/** Another micro-service on the same NATS has no `instance` in its metadata. */
function readPong(text: string): Instance | undefined {
  try {
    const { name, version, metadata } = JSON.parse(text) as Record<string, unknown>;
    const { instance, host } = (metadata ?? {}) as Record<string, unknown>;
    if (typeof name !== "string" || typeof version !== "string" || typeof instance !== "string") return undefined;
    return { role: name, instance, host: typeof host === "string" ? host : "", version };
  } catch {
    return undefined;
  }
}

/** Prometheus' text. Rejects with VecheError where it doesn't answer in time. */
export function metricsOf(
  link: NatsLink,
  { role, instance }: Instance,
  limitMs = limits.answerMs,
): Promise<MetricsResponse> {
  return requestOver(link, contracts.metrics, { role, instance }, "{}", { limitMs });
}

export async function examineInstance(link: NatsLink, found: Instance, limitMs = limits.answerMs): Promise<Examined> {
  const askedAt = Date.now();
  const { role, instance } = found;
  const answer = await requestOver(link, contracts.examine, { role, instance }, "{}", { limitMs });
  const answeredAt = Date.now();
  return {
    found,
    answer,
    clockOffsetMs: Number(answer.clockMs) - (askedAt + answeredAt) / 2,
    tookMs: answeredAt - askedAt,
  };
}
