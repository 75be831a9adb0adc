/** Tries addresses for the operator's tools: what cannot be reached from here is no way for clients here either. */
import { lookup } from "node:dns/promises";
import { request } from "node:https";
import { isIP } from "node:net";
import type { PeerCertificate, TLSSocket } from "node:tls";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  ReachRequest,
  ReachSchema,
  ReachTarget,
  ServerCertificate,
} from "@veche/proto/gen/veche/instance/v1/instance_pb.ts";
import { VecheError } from "./errors.ts";
import { reachByStun } from "./stun/reach.ts";

export const reachLimits = { targets: 50, httpsMs: 3000, bodyBytes: 4096 } as const;

/** Where the web role says who it is, to anybody. */
export const whoPath = "/.well-known/veche";

type Reach = MessageInitShape<typeof ReachSchema>;

/** Throws `invalid-argument`. */
export async function reachAll({ targets }: Pick<ReachRequest, "targets">): Promise<{ results: Reach[] }> {
  if (targets.length > reachLimits.targets)
    throw new VecheError(
      "invalid-argument",
      `targets: expected at most ${reachLimits.targets}, found ${targets.length}`,
    );
  const tries = targets.map(readTarget);
  return { results: await Promise.all(tries.map(timed)) };
}

function readTarget({ protocol, host, port, ufrag, pwd }: ReachTarget): () => Promise<Reach> {
  if (port < 1 || port > 65_535) throw new VecheError("invalid-argument", `port: expected 1 to 65535, found ${port}`);
  if (protocol === "https") return () => askWho(host, port);
  if (protocol !== "udp" && protocol !== "tcp")
    throw new VecheError("invalid-argument", `protocol: expected udp, tcp or https, found "${protocol}"`);
  if (isIP(host) === 0) throw new VecheError("invalid-argument", `host: expected an IP address, found "${host}"`);
  return async () => ({ outcome: await reachByStun({ ufrag, pwd }, { protocol, ip: host, port }), addresses: [host] });
}

async function timed(attempt: () => Promise<Reach>): Promise<Reach> {
  const beganAt = performance.now();
  const found = await attempt();
  return { ...found, tookMs: performance.now() - beganAt };
}

async function askWho(host: string, port: number): Promise<Reach> {
  const addresses = await resolve(host);
  if (addresses.length === 0) return { outcome: "silent", fault: `${host} stands for no address` };
  try {
    return { addresses, ...(await whoAnswers(host, port)) };
  } catch (error) {
    return { outcome: "silent", addresses, fault: error instanceof Error ? error.message : String(error) };
  }
}

async function resolve(host: string): Promise<string[]> {
  const found = await lookup(host.replace(/^\[|\]$/g, ""), { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

/** Any certificate will do: it is what is looked at. */
function whoAnswers(host: string, port: number): Promise<Pick<Reach, "outcome" | "webInstance" | "certificate">> {
  return new Promise((found, failed) => {
    const url = new URL(`https://${isIP(host) === 6 ? `[${host}]` : host}:${port}${whoPath}`);
    const asking = request(url, { rejectUnauthorized: false, agent: false, timeout: reachLimits.httpsMs }, (answer) => {
      const certificate = describe(answer.socket as TLSSocket);
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        body = (body + chunk).slice(0, reachLimits.bodyBytes);
      });
      answer.once("error", failed);
      answer.once("end", () => {
        const webInstance = answer.statusCode === 200 ? readInstance(body) : undefined;
        found(
          webInstance === undefined
            ? { outcome: "stranger", certificate }
            : { outcome: "reached", webInstance, certificate },
        );
      });
    });
    const limit = setTimeout(
      () => asking.destroy(new Error(`no answer within ${reachLimits.httpsMs} ms`)),
      reachLimits.httpsMs,
    );
    asking.once("error", failed);
    asking.once("close", () => clearTimeout(limit));
    asking.end();
  });
}

function readInstance(body: string): string | undefined {
  try {
    const { instance } = JSON.parse(body) as { instance?: unknown };
    return typeof instance === "string" ? instance : undefined;
  } catch {
    return undefined;
  }
}

function describe(socket: TLSSocket): Omit<ServerCertificate, "$typeName"> {
  const shown: PeerCertificate = socket.getPeerCertificate();
  const names = (shown.subjectaltname ?? "").split(", ").map((name) => name.replace(/^(?:DNS|IP Address):/, ""));
  return {
    names: names.filter((name) => name !== ""),
    issuer: [shown.issuer?.O, shown.issuer?.CN].flat().filter(Boolean).join(", "),
    notAfterMs: BigInt(Date.parse(shown.valid_to) || 0),
    fault: socket.authorized ? "" : String(socket.authorizationError ?? "not trusted"),
  };
}
