import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import type { Bus, Subscription } from "@veche/kit/bus.ts";
import type { Log } from "@veche/kit/log.ts";
import { filterOf } from "@veche/kit/subject.ts";
import type { EventContract } from "@veche/proto/contract.ts";
import { conference } from "@veche/proto/facts.ts";
import { streams } from "@veche/proto/storage.ts";
import type { Meeting } from "../session/contract.ts";
import { trackLimits } from "./limits.ts";
import type { Manifest, ManifestEvent } from "./manifest.ts";

/** What is told of a fact, by the fact's name. */
const kinds = {
  participantJoined: "joined",
  participantLeft: "left",
  sourcePublished: "published",
  sourceUnpublished: "unpublished",
  sourceMuted: "muted",
  sourceUnmuted: "unmuted",
  speakerChanged: "speaker",
} as const satisfies Partial<Record<keyof typeof conference, string>>;

type FactName = keyof typeof kinds;
const names = Object.keys(kinds) as FactName[];
const contracts: Readonly<Record<FactName, EventContract>> = conference;

/** What the facts above have in common. */
type Fact = {
  readonly seq: bigint;
  readonly time: string;
  readonly participant?: { readonly endpoint: string; readonly person: string };
  readonly source?: { readonly name: string; readonly muted: boolean };
  readonly endpoint?: string;
  readonly reason?: string;
};

type Of = Pick<Meeting, "tenant" | "room" | "session">;

/** Who was there, sent and spoke, from the public facts: those that were said and those that are being said. */
export class Timeline implements Disposable {
  readonly #manifest: Manifest;
  readonly #seen = new Set<bigint>();
  readonly #subscriptions: Subscription[];

  /** `onEnded`: the sitting is over. */
  constructor(bus: Bus, of: Of, manifest: Manifest, onEnded: () => void) {
    this.#manifest = manifest;
    const here = { tenant: of.tenant, room: of.room, session: of.session };
    this.#subscriptions = [
      ...names.map((name) => bus.subscribe(contracts[name], (fact) => this.#note(name, fact as unknown as Fact), here)),
      bus.subscribe(conference.sessionEnded, onEnded, here),
    ];
    // An earlier attempt's: said again by the stream.
    manifest.events = [];
  }

  /** What was said before. Whatever can't be read of it is missing. */
  async recall(bus: Bus, of: Of, log: Log): Promise<void> {
    const here = { tenant: of.tenant, room: of.room, session: of.session };
    try {
      const started = filterOf(conference.sessionStarted, here).split(".").slice(0, 5);
      const bySuffix = new Map(names.map((name) => [suffixOf(contracts[name].subject), name]));
      for await (const { subject, body } of bus.replay(streams.conference, `${started.join(".")}.>`)) {
        const name = bySuffix.get(suffixOf(subject));
        if (!name) continue;
        this.#note(
          name,
          fromJson(contracts[name].message, body as JsonValue, { ignoreUnknownFields: true }) as unknown as Fact,
        );
      }
    } catch (error) {
      log.warn({ err: error, session: of.session }, "what was said before the recording could not be read");
    }
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription.close();
  }

  #note(name: FactName, fact: Fact): void {
    const { events, participants, startedMs } = this.#manifest;
    if (this.#seen.has(fact.seq) || events.length >= trackLimits.events) return;
    this.#seen.add(fact.seq);
    const { endpoint = "", person = "" } = fact.participant ?? { endpoint: fact.endpoint ?? "" };
    if (name === "participantJoined" && !participants.some((one) => one.endpoint === endpoint && one.person === person))
      participants.push({ endpoint, person });
    const type = name === "sourcePublished" && fact.source?.muted ? "published-muted" : kinds[name];
    const event: ManifestEvent = {
      atMs: Math.round(Date.parse(fact.time) - startedMs),
      type,
      endpoint,
      ...(fact.source ? { source: fact.source.name } : {}),
      ...(fact.reason ? { reason: fact.reason } : {}),
    };
    events.push(event);
  }
}

/** "participant.joined" */
function suffixOf(subject: string): string {
  return subject.split(".").slice(5).join(".");
}
