import { MediaKind } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import type { BridgeView } from "../domain/bridge-selection/bridge.ts";
import { type Conference, openConference } from "../domain/conference.ts";
import { nextDeadlineMs } from "../domain/deadline.ts";
import type { Effect } from "../domain/effects.ts";
import type { Fact } from "../domain/facts.ts";
import type { EndpointOffer, Input } from "../domain/inputs.ts";
import type { Source } from "../domain/media.ts";
import { noRecorders, type RecorderPool } from "../domain/recorder-pool.ts";
import { defaultRules, type Rules } from "../domain/rules.ts";
import { step } from "../domain/step.ts";
import { aCamera, aMicrophone, anOccupant, aTransport, someDescriptions } from "./samples.ts";
import { aRoom } from "./xmpp.ts";

export function aBridge(id: string, changes: Partial<BridgeView> = {}): BridgeView {
  return {
    id,
    instance: `${id}-1`,
    region: "here",
    version: "1",
    healthy: true,
    draining: false,
    stress: 0,
    ...changes,
  };
}

/** A conference played by hand: inputs go in, effects come out in short words, time moves when told. */
export class Play {
  now = 1_000_000;
  bridges: BridgeView[];
  pool: RecorderPool = noRecorders;
  state: Conference;
  readonly effects: Effect[] = [];
  readonly rules: Rules;

  constructor(rules: Partial<Rules> = {}, bridges: BridgeView[] = [aBridge("b1")]) {
    this.rules = { ...defaultRules, ...rules };
    this.bridges = bridges;
    const opening = { room: aRoom("standup"), session: "s".repeat(32), epoch: 7, meetingId: "m", unit: "main" };
    this.state = openConference(opening, this.now);
  }

  /** Effects that came of these. */
  play(...inputs: readonly Input[]): readonly Effect[] {
    const before = this.effects.length;
    for (const input of inputs) {
      const [state, effects] = step(this.state, input, this.now, this.rules, this.bridges, this.pool);
      this.state = state;
      this.effects.push(...effects);
    }
    return this.effects.slice(before);
  }

  /** Moves on by `ms`, ticking when the conference wants it. */
  pass(ms: number): readonly Effect[] {
    const before = this.effects.length;
    const end = this.now + ms;
    for (;;) {
      const next = nextDeadlineMs(this.state, this.rules, this.now);
      if (next === undefined || next > end) break;
      this.now = next;
      this.play({ type: "tick" });
    }
    this.now = end;
    return this.effects.slice(before);
  }

  session(endpoint: string) {
    return this.state.members.get(endpoint)?.session;
  }

  invite(endpoint: string) {
    const invite = this.session(endpoint)?.invite;
    if (!invite) throw new Error(`${endpoint} has no invitation`);
    return invite;
  }

  /** Its place on the bridge is there, and what it is offered. */
  created(endpoint: string, sources: readonly Source[] = []): Input {
    return {
      type: "endpoint-created",
      endpoint,
      jingleSession: this.invite(endpoint).jingleSession,
      offer: anOffer(sources),
    };
  }

  accepts(endpoint: string, sources: readonly Source[], ask = 1): Input {
    const { jingleSession } = this.invite(endpoint);
    const answer = { descriptions: someDescriptions, transport: aTransport, sources };
    return { type: "session-accepted", ask, endpoint, jingleSession, ...answer };
  }

  /** The bridge took the accept. */
  connected(
    endpoint: string,
    names: readonly string[],
    announcements: readonly { receiver: string; sources: Source[] }[] = [],
  ): Input {
    return {
      type: "endpoint-accepted",
      ask: 1,
      endpoint,
      jingleSession: this.invite(endpoint).jingleSession,
      names,
      announcements,
    };
  }

  announced(endpoint: string, ...names: string[]): Input {
    return { type: "sources-announced", endpoint, jingleSession: this.invite(endpoint).jingleSession, names };
  }

  /** Both are in, invited, have accepted and know each other's camera. */
  callOf(...endpoints: string[]): this {
    for (const endpoint of endpoints) this.play(joined(endpoint));
    this.play({ type: "affiliation-set", endpoint: endpoints[0] ?? "" });
    endpoints.forEach((endpoint, index) => {
      const sources = sourcesOf(endpoint, index);
      this.play(this.created(endpoint), this.accepts(endpoint, sources));
      const others = endpoints.slice(0, index);
      this.play(
        this.connected(
          endpoint,
          sources.map(({ name }) => name),
          [
            ...others.map((receiver) => ({ receiver, sources: seenBy(receiver, sources) })),
            { receiver: endpoint, sources: others.flatMap((other, at) => seenBy(endpoint, sourcesOf(other, at))) },
          ],
        ),
      );
      for (const receiver of [...others, endpoint]) {
        const { told } = this.invite(receiver);
        this.play(this.announced(receiver, ...told.keys()));
      }
    });
    this.pass(this.rules.resumeMarginMs);
    return this;
  }
}

export function anOffer(sources: readonly Source[] = []): EndpointOffer {
  const feedback: Source[] = [
    { ...aMicrophone("jvb", 900_000_001), name: "jvb-a0" },
    { ...aCamera("jvb", 900_000_002), name: "jvb-v0" },
  ];
  const all = [...feedback, ...sources];
  return {
    descriptions: someDescriptions,
    transport: aTransport,
    sources: all,
    channelPath: "/colibri-ws/b1",
    region: "here",
  };
}

export function sourcesOf(endpoint: string, index: number): Source[] {
  return [aMicrophone(endpoint, 1_000 * (index + 1)), aCamera(endpoint, 1_000 * (index + 1) + 1)];
}

/** The same with SSRCs of that receiver's own. */
export function seenBy(receiver: string, sources: readonly Source[]): Source[] {
  const base = [...receiver].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) * 1_000_000;
  return sources.map((source) => {
    const ssrcs = source.ssrcs.map((ssrc) => base + ssrc);
    return { ...source, ssrcs, groups: source.kind === MediaKind.VIDEO ? [{ semantics: "FID", ssrcs }] : [] };
  });
}

export function joined(endpoint: string, changes: Parameters<typeof anOccupant>[1] = {}): Input {
  return { type: "occupant-joined", occupant: anOccupant(endpoint, changes) };
}

export function left(endpoint: string, reason = "client", by = ""): Input {
  return { type: "occupant-left", endpoint, reason, by };
}

/** Effects in short words: "create a", "announce b: a-a0 a-v0". Facts by their name. */
export function told(effects: readonly Effect[]): string[] {
  return effects.map((effect) => {
    if (effect.type === "record") return `fact ${effect.fact.name}`;
    if (effect.type === "put-job")
      return `put ${effect.job.id}${effect.job.file ? " file" : ""}${effect.job.stream ? " stream" : ""}`;
    if (effect.type === "reply") return `reply ${effect.failure?.code ?? "ok"}`;
    if (effect.type === "remember-person") return `remember ${effect.person}`;
    if (effect.type === "add-remote-sources") {
      return `fetch ${effect.bridge} from ${effect.from}: ${effect.sources.map(({ name }) => name).join(" ")}`;
    }
    if (effect.type === "remove-remote-sources") return `forget ${effect.bridge}: ${effect.names.join(" ")}`;
    if (effect.type === "drop-relay") return `drop ${effect.bridge} from ${effect.from}`;
    if ("sources" in effect)
      return `${effect.type} ${effect.endpoint}: ${effect.sources.map(({ name }) => name).join(" ")}`;
    if ("names" in effect) return `${effect.type} ${effect.endpoint}: ${effect.names.join(" ")}`;
    if (effect.type === "end-session") return `end-session ${effect.endpoint} ${effect.reason}`;
    if (effect.type === "expire-conference") return `expire-conference ${effect.bridge}`;
    if ("endpoint" in effect) return `${effect.type} ${effect.endpoint}`;
    return effect.type;
  });
}

/** Without facts and persons: what other roles are asked. */
export function asked(effects: readonly Effect[]): string[] {
  return told(effects.filter(({ type }) => type !== "record" && type !== "remember-person"));
}

export function factsOf(effects: readonly Effect[]): Fact[] {
  return effects.flatMap((effect) => (effect.type === "record" ? effect.fact : []));
}
