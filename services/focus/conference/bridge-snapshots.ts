import type { Bus } from "@veche/kit/bus.ts";
import type { ConferenceSnapshot, ForceMute } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { bridge } from "@veche/proto/subjects.ts";
import type { HeldConference } from "../domain/inputs.ts";
import { type AvMedia, avMedia } from "../domain/policy.ts";
import type { BridgeDirectory } from "../edge/bridge-directory.ts";

export const snapshotLimits = {
  /** For each page. */
  timeoutMs: 1_000,
  /** A bridge that never comes to an end is believed no further. */
  pages: 1_000,
} as const;

/** What bridges hold of a conference, asked page by page. Lives for one look: a bridge that is silent is asked once. */
export class BridgeSnapshots {
  readonly #bus: Bus;
  readonly #directory: BridgeDirectory;
  readonly #silent = new Set<string>();

  constructor(bus: Bus, directory: BridgeDirectory) {
    this.#bus = bus;
    this.#directory = directory;
  }

  /** Of all bridges that are there, and of those that the facts name. */
  async heldBy(session: string, named: readonly { readonly id: string }[]): Promise<readonly HeldConference[]> {
    const ids = new Set([...named, ...this.#directory.views()].map(({ id }) => id));
    const held = await Promise.all([...ids].map((id) => this.#ask(id, session)));
    return held.flatMap((one) => one ?? []);
  }

  /** What one bridge holds of these, by session. */
  async of(id: string, sessions: readonly string[]): Promise<ReadonlyMap<string, HeldConference>> {
    const held = new Map<string, HeldConference>();
    let instance: string | undefined;
    let page = "";
    for (let count = 0; count < snapshotLimits.pages; count += 1) {
      const request = { conferences: [...sessions], page };
      const options = { timeoutMs: snapshotLimits.timeoutMs };
      const answer = await this.#bus.request(bridge.snapshot, { bridge: id }, request, options);
      if (!answer.state) break;
      if (instance === undefined) this.#directory.note(answer.state);
      // Another process now: what the one before held is gone.
      else if (instance !== answer.state.instance) return new Map();
      instance = answer.state.instance;
      for (const one of answer.conferences) {
        const next = { bridge: id, instance, region: answer.state.region, ...toHeld(one) };
        held.set(one.conference, joined(held.get(one.conference), next));
      }
      if (answer.nextPage === "") break;
      page = answer.nextPage;
    }
    return held;
  }

  async #ask(id: string, session: string): Promise<HeldConference | undefined> {
    if (this.#silent.has(id)) return undefined;
    try {
      return (await this.of(id, [session])).get(session);
    } catch {
      // The directory says by itself that a bridge that does not answer is lost.
      this.#silent.add(id);
      return undefined;
    }
  }
}

function toHeld({ dominantSpeaker: speaker, endpoints, remote, videoCodec }: ConferenceSnapshot) {
  const held = endpoints.map((one) => ({ ...one, blocked: toBlocked(one.forceMute) }));
  return { speaker, endpoints: held, remote, videoCodec };
}

/** A conference may go on in the next page. */
function joined(before: HeldConference | undefined, next: HeldConference): HeldConference {
  if (!before) return next;
  return {
    ...before,
    speaker: before.speaker || next.speaker,
    endpoints: [...before.endpoints, ...next.endpoints],
    remote: [...before.remote, ...next.remote],
  };
}

function toBlocked(muted: ForceMute | undefined): ReadonlySet<AvMedia> | undefined {
  return muted && new Set(avMedia.filter((media) => muted[media]));
}
