/** What an administrator should look at, worst first. Each says what is, and what to do where that is known. */
import { type Host, hostsOf } from "./hosts.ts";
import type { Picture, Process } from "./picture.ts";
import { daysText, sizeText } from "./texts.ts";

export type Warning = {
  readonly severity: "error" | "warning" | "note";
  readonly text: string;
  /** What to do, in one line, where `text` does not say it. */
  readonly fix?: string;
};

/** README.md has the table. */
export const thresholds = {
  clockMs: 1_000,
  /** Of a disk; either is enough. */
  freeDiskFraction: 0.05,
  freeDiskBytes: 1024 ** 3,
  availableMemoryFraction: 0.05,
  /** Over a minute, for each processor. */
  load: 2,
  natsRoundTripMs: 50,
  certificateDays: 14,
  stress: 0.8,
};

const addBridge = "add one: docker compose up -d --scale videobridge=2";
const renew =
  "a certificate of one's own: put the new files in place; by ACME: web's log says why it could not be renewed";

function logOf(role: string): string {
  return `look at its log: docker compose logs ${role}`;
}

/** Without them nobody can meet. */
const needed = ["web", "xmpp", "focus", "videobridge"] as const;

export function warningsOf(picture: Picture): readonly Warning[] {
  if (picture.away !== undefined)
    return [error(picture.away, "start it (docker compose up -d, npm start), or name its NATS in NATS_URL")];
  const all = [
    ...missing(picture),
    ...silent(picture),
    ...picture.processes.flatMap(ofProcess),
    ...picture.bridges.flatMap(ofBridge),
    ...picture.recorders.flatMap(ofRecorder),
    ...picture.gateways.flatMap(ofGateway),
    ...hostsOf(picture.processes).flatMap(ofHost),
    ...certificates(picture),
    ...pinning(picture),
    ...versions(picture),
    ...picture.faults.map((text) => warning(text)),
  ];
  const order = { error: 0, warning: 1, note: 2 };
  return all.toSorted((one, other) => order[one.severity] - order[other.severity]);
}

function missing({ processes, bridges }: Picture): Warning[] {
  const absent = needed.filter((role) => !processes.some((one) => one.role === role));
  const none = absent.map((role) =>
    error(
      `no ${role} is there: nobody can meet without one`,
      `docker compose up -d ${role}; if it does not stay, its log says why`,
    ),
  );
  if (absent.includes("videobridge") || bridges.some(({ isHealthy, isDraining }) => isHealthy && !isDraining))
    return none;
  return [...none, error("no bridge takes conferences: all are unwell or being drained", addBridge)];
}

/** Said that they are there some seconds ago, and answer nothing now. */
function silent({ processes, bridges, recorders, gateways }: Picture): Warning[] {
  const found = new Set(processes.map(({ instance }) => instance));
  const all = [
    ...bridges.map(({ bridge, instance, host }) => ({ who: `bridge ${bridge}`, instance, host })),
    ...recorders.map(({ recorder, instance, host }) => ({ who: `recorder ${recorder}`, instance, host })),
    ...gateways.map(({ gateway, instance, host }) => ({ who: `gateway ${gateway}`, instance, host })),
  ];
  return all
    .filter(({ instance }) => !found.has(instance))
    .map(({ who, host }) => error(`${who} on ${host} no longer answers: was it stopped, or is the way there cut?`));
}

function ofProcess({ role, instance, host, isAnswering, problems }: Process): Warning[] {
  const who = `${role} ${instance} on ${host}`;
  if (!isAnswering)
    return [
      error(`${who} doesn't answer: is it overloaded, or was it stopped just now?`, `docker compose restart ${role}`),
    ];
  return problems.map(({ part, text }) => error(`${who}: ${part}: ${text}`, logOf(role)));
}

function ofBridge({ bridge, isHealthy, isDraining, stress, warnings }: Picture["bridges"][number]): Warning[] {
  return [
    ...(isHealthy ? [] : [error(`bridge ${bridge} is unwell: it gets no new conferences`, logOf("videobridge"))]),
    ...warnings.map((text) => warning(`bridge ${bridge}: ${text}`)),
    ...(stress > thresholds.stress
      ? [warning(`bridge ${bridge} carries ${percent(stress)} of what it should: add a bridge`)]
      : []),
    ...(isDraining
      ? [note(`bridge ${bridge} is being drained`, "POST /colibri/drain/disable on its private HTTP takes it back")]
      : []),
  ];
}

function ofRecorder(recorder: Picture["recorders"][number]): Warning[] {
  const { recorder: id, isHealthy, isDraining, isFull, warnings } = recorder;
  return [
    ...(isHealthy ? [] : [error(`recorder ${id} is unwell: it takes no recordings`, logOf("recorder"))]),
    ...warnings.map((text) => warning(`recorder ${id}: ${text}`)),
    ...(isFull ? [warning(`recorder ${id} is full: the next recording waits, or add a recorder`)] : []),
    ...(isDraining ? [note(`recorder ${id} is being drained`)] : []),
  ];
}

function ofGateway({ gateway, isHealthy, isDraining, trunks }: Picture["gateways"][number]): Warning[] {
  const down = trunks.filter(({ registration }) => registration === "refused" || registration === "unreachable");
  return [
    ...(isHealthy
      ? []
      : [error(`gateway ${gateway} is unwell: no telephone reaches a room by it`, logOf("sip-gateway"))]),
    ...down.map(({ trunk, registration, sipStatus }) => {
      const status = sipStatus > 0 ? ` (SIP ${sipStatus})` : "";
      return error(
        `gateway ${gateway}: trunk ${trunk} is ${registration}${status}`,
        "correct the account (JIGASI_SIP_URI, JIGASI_SIP_PASSWORD, or the file of trunks), or ask the provider",
      );
    }),
    ...(isDraining ? [note(`gateway ${gateway} is being drained`)] : []),
  ];
}

function ofHost(host: Host): Warning[] {
  const { clockOffsetMs, clockErrorMs, load, cpus, memory, availableMemory, natsRoundTripMs, disks } = host;
  const found: Warning[] = [];
  if (Math.abs(clockOffsetMs) - clockErrorMs > thresholds.clockMs) {
    const way = clockOffsetMs > 0 ? "ahead" : "behind";
    const seconds = (Math.abs(clockOffsetMs) / 1000).toFixed(1);
    found.push(error(`the clock of host ${host.host} is ${seconds} s ${way}: let it keep time by NTP`));
  }
  for (const { name, path, total, free } of disks) {
    if (total === 0)
      found.push(
        warning(
          `host ${host.host}: ${name} (${path}) can't be read`,
          "let the volume be mounted and readable for user 1000",
        ),
      );
    else if (free < thresholds.freeDiskBytes || free < total * thresholds.freeDiskFraction)
      found.push(
        warning(
          `host ${host.host}: ${sizeText(free)} of ${sizeText(total)} are free for ${name} (${path})`,
          "remove old recordings, images (docker image prune), or give it a larger disk",
        ),
      );
  }
  if (memory > 0 && availableMemory < memory * thresholds.availableMemoryFraction)
    found.push(
      warning(
        `host ${host.host}: ${sizeText(availableMemory)} of memory are left`,
        "end what else runs there, give it more memory, or move a role to another host (compose/README.md)",
      ),
    );
  if (cpus > 0 && load > thresholds.load * cpus)
    found.push(
      warning(
        `host ${host.host}: load ${load.toFixed(1)} on ${cpus} processors`,
        "move a role to another host (compose/README.md)",
      ),
    );
  if (natsRoundTripMs !== undefined && natsRoundTripMs > thresholds.natsRoundTripMs)
    found.push(
      warning(
        `host ${host.host}: NATS is ${Math.round(natsRoundTripMs)} ms away`,
        "join the host by a quicker line; bridges bear a slow one, xmpp and focus do not",
      ),
    );
  return found;
}

function certificates({ processes, atMs }: Picture): Warning[] {
  return processes.flatMap(({ certificates: all, role, host }) =>
    all.flatMap(({ use, names, notAfterMs }) => {
      const days = Math.floor((notAfterMs - atMs) / 86_400_000);
      const which = `the ${use} certificate of ${role} on ${host} (${names[0] ?? "no name"})`;
      if (notAfterMs <= atMs) return [error(`${which} has ended: browsers refuse it`, renew)];
      return days < thresholds.certificateDays ? [warning(`${which} ends in ${daysText(days)}`, renew)] : [];
    }),
  );
}

/** decision: focus and xmpp of one unit stand on one host. */
function pinning({ processes }: Picture): Warning[] {
  const units = Map.groupBy(
    processes.filter(({ role, isAnswering }) => isAnswering && (role === "focus" || role === "xmpp")),
    ({ unit }) => unit,
  );
  return [...units].flatMap(([unit, members]) => {
    const hostsOfRole = (role: string) => new Set(members.filter((one) => one.role === role).map(({ host }) => host));
    const [focus, xmpp] = [hostsOfRole("focus"), hostsOfRole("xmpp")];
    if (focus.size === 0 || xmpp.size === 0 || !focus.isDisjointFrom(xmpp)) return [];
    const where = `focus on ${[...focus].join(", ")}, xmpp on ${[...xmpp].join(", ")}`;
    return [warning(`unit ${unit} is torn apart (${where}): put both on one host`)];
  });
}

function versions({ processes }: Picture): Warning[] {
  const found = [...new Set(processes.map(({ version }) => version))].sort();
  return found.length > 1
    ? [note(`several versions run: ${found.join(", ")}`, "update the other hosts too (compose/README.md)")]
    : [];
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 100)} %`;
}

function error(text: string, fix?: string): Warning {
  return withFix({ severity: "error", text }, fix);
}

function warning(text: string, fix?: string): Warning {
  return withFix({ severity: "warning", text }, fix);
}

function note(text: string, fix?: string): Warning {
  return withFix({ severity: "note", text }, fix);
}

function withFix(found: Warning, fix: string | undefined): Warning {
  return fix === undefined ? found : { ...found, fix };
}
