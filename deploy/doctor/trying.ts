/** Has every host try the addresses that clients are told of: the bridges' media ports, and the address people type. */
import { toVecheError } from "@veche/kit/errors.ts";
import type { NatsLink } from "@veche/kit/nats-link.ts";
import { requestOver } from "@veche/kit/nats-request.ts";
import type { Reach } from "@veche/proto/gen/veche/instance/v1/instance_pb.ts";
import { instance as contracts } from "@veche/proto/subjects.ts";
import type { Picture, Process } from "../status/picture.ts";
import type { MediaAddress, Outcome, Place, Tries, WebTry } from "./tries.ts";

/** A try over UDP takes a second and a half where nobody answers; a page three. */
const limitMs = 8_000;

export async function tryAll(link: NatsLink, { processes }: Picture): Promise<Tries> {
  const answering = processes.filter(({ isAnswering }) => isAnswering);
  const publicUrl = answering.find(({ role, addresses }) => role === "web" && addresses.length > 0)?.addresses[0];
  const faults: string[] = [];
  const note = (what: string, error: unknown) => void faults.push(`${what}: ${toVecheError(error).message}`);
  const [media, web] = await Promise.all([
    Promise.all(
      answering.filter(({ role }) => role === "videobridge").map((bridge) => tryBridge(link, bridge, answering, note)),
    ),
    publicUrl === undefined ? [] : tryWeb(link, publicUrl, oneOfEachHost(answering), note),
  ]);
  return { media: media.flat(), publicUrl, web, faults };
}

type Note = (what: string, error: unknown) => void;

/** From its own host, by itself, and from each other host. */
async function tryBridge(
  link: NatsLink,
  bridge: Process,
  processes: readonly Process[],
  note: Note,
): Promise<readonly MediaAddress[]> {
  const others = oneOfEachHost(processes.filter(({ host }) => host !== bridge.host));
  try {
    const { instance } = bridge;
    const { ufrag, pwd, addresses } = await requestOver(link, contracts.openMediaCheck, { instance }, "{}", {
      limitMs,
    });
    const targets = addresses.map(({ protocol, ip, port }) => ({ protocol, host: ip, port, ufrag, pwd }));
    const tried = await Promise.all(
      [bridge, ...others].map(async (from) => ({
        from: placeOf(from),
        results: await reachFrom(link, from, targets, note),
      })),
    );
    return addresses.map(({ protocol, ip, port }, index) => ({
      bridge: placeOf(bridge),
      protocol: protocol === "tcp" ? "tcp" : "udp",
      ip,
      port,
      tries: tried.flatMap(({ from, results }) => {
        const result = results[index];
        return result ? [{ from, outcome: outcomeOf(result) }] : [];
      }),
    }));
  } catch (error) {
    note(`the bridge on ${bridge.host}`, error);
    return [];
  }
}

async function tryWeb(link: NatsLink, publicUrl: string, from: readonly Process[], note: Note): Promise<WebTry[]> {
  const { hostname, port } = new URL(publicUrl);
  const target = { protocol: "https", host: hostname, port: Number(port || 443) };
  const tried = await Promise.all(
    from.map(async (one) => ({ from: placeOf(one), results: await reachFrom(link, one, [target], note) })),
  );
  return tried.flatMap(({ from: place, results: [result] }) => (result ? [webTry(place, result)] : []));
}

async function reachFrom(
  link: NatsLink,
  { role, instance, host }: Process,
  targets: readonly object[],
  note: Note,
): Promise<readonly Reach[]> {
  const asking = requestOver(link, contracts.reach, { role, instance }, JSON.stringify({ targets }), { limitMs });
  return asking.then(
    ({ results }) => results,
    (error: unknown) => {
      note(`${role} on ${host}`, error);
      return [];
    },
  );
}

/** A bridge rather than another: it is where media goes. */
function oneOfEachHost(processes: readonly Process[]): readonly Process[] {
  const ordered = processes.toSorted((one, other) => rank(one) - rank(other));
  return [...new Map(ordered.toReversed().map((one) => [one.host, one])).values()];
}

function rank({ role }: Process): number {
  return role === "videobridge" ? 0 : 1;
}

function webTry(from: Place, { outcome, addresses, fault, webInstance, certificate }: Reach): WebTry {
  return {
    from,
    outcome: outcomeOf({ outcome }),
    addresses,
    fault,
    webInstance,
    certificate: certificate && {
      names: certificate.names,
      issuer: certificate.issuer,
      notAfterMs: Number(certificate.notAfterMs),
      fault: certificate.fault,
    },
  };
}

function outcomeOf({ outcome }: Pick<Reach, "outcome">): Outcome {
  return outcome === "reached" || outcome === "stranger" ? outcome : "silent";
}

function placeOf({ role, instance, host }: Process): Place {
  return { role, instance, host };
}
