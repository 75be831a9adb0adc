/** A client that acknowledges Jingle of the focus as lib-jitsi-meet does: at once, before it looks at it. */
import { ns } from "@veche/xmpp/codec/namespaces.ts";
import { childOf, type Element } from "@veche/xmpp/codec/xml/element.ts";
import { conditionOf, type ScriptedClient } from "@veche/xmpp/testing/scripted-client.ts";
import { eventually } from "../harness/wait.ts";
import type { FocusAndXmpp } from "./focus-and-xmpp.ts";

const codecs = {
  audio: `<payload-type id="111" name="opus" clockrate="48000" channels="2"/>`,
  video: `<payload-type id="100" name="VP8" clockrate="90000"/>`,
} as const;
type Medium = keyof typeof codecs;

export class JingleClient {
  readonly client: ScriptedClient;
  readonly #room: string;
  readonly #jingle: Element[] = [];

  private constructor(client: ScriptedClient, room: string) {
    this.client = client;
    this.#room = room;
    void this.#acknowledge();
  }

  static async enter(pair: FocusAndXmpp, room: string): Promise<JingleClient> {
    const client = await pair.xmpp.client();
    await client.enter(room);
    return new JingleClient(client, room);
  }

  get nick(): string {
    return this.client.nick;
  }

  /** Jingle of the focus with that action, in order. */
  heard(action: string): readonly Element[] {
    return this.#jingle.filter(({ attrs }) => attrs.action === action);
  }

  /** The last of `count` or more of them. */
  async hears(action: string, count = 1): Promise<Element> {
    let found: Element | undefined;
    await eventually(`${count} ${action}`, () => {
      const all = this.heard(action);
      found = all.at(-1);
      return all.length >= count ? undefined : `${all.length}`;
    });
    if (!found) throw new Error(`no ${action}`);
    return found;
  }

  get sid(): string {
    return this.heard("session-initiate").at(-1)?.attrs.sid ?? "";
  }

  get bridgeSession(): string {
    const initiate = this.heard("session-initiate").at(-1);
    return (initiate && childOf(initiate, "bridge-session")?.attrs.id) ?? "";
  }

  /** "done", or the condition that the focus refuses with; details follow it. */
  async says(action: string, content: string, sid = this.sid): Promise<string> {
    const jingle = `<jingle xmlns="${ns.jingle}" action="${action}" sid="${sid}" initiator="${this.#room}/focus">${content}</jingle>`;
    const { client } = this;
    const answer = await client.ask(`<iq type="set" id="${client.id()}" to="${this.#room}/focus">${jingle}</iq>`);
    if (answer.attrs.type === "result") return "done";
    const error = childOf(answer, "error");
    return error && childOf(error, "unknown-session") ? `${conditionOf(answer)} unknown-session` : conditionOf(answer);
  }

  async accepts(sources: Partial<Record<Medium, string>> = {}, inVideo = "", count = 1): Promise<string> {
    await this.hears("session-initiate", count);
    const transport =
      `<transport xmlns="${ns.iceUdp}" ufrag="cu" pwd="cp12345678901234567890">` +
      `<fingerprint xmlns="${ns.dtls}" hash="sha-256" setup="active">${"ab:".repeat(31)}cd</fingerprint></transport>`;
    const contents = (["audio", "video"] as const).map((medium) => {
      const inside = medium === "video" ? inVideo : "";
      const description = `<description xmlns="${ns.rtp}" media="${medium}">${codecs[medium]}${sources[medium] ?? ""}</description>`;
      return `<content creator="responder" name="${medium}" senders="both">${inside}${description}${transport}</content>`;
    });
    return this.says("session-accept", contents.join(""));
  }

  async #acknowledge(): Promise<void> {
    for (;;) {
      const iq = await this.client.next(isJingle).catch((error: unknown) => error);
      if (iq instanceof Error && iq.message.includes("dropped")) return;
      if (iq instanceof Error) continue;
      const stanza = iq as Element;
      this.client.send(`<iq type="result" id="${stanza.attrs.id}" to="${stanza.attrs.from}"/>`);
      const jingle = childOf(stanza, "jingle", ns.jingle);
      if (jingle) this.#jingle.push(jingle);
    }
  }
}

function isJingle(stanza: Element): boolean {
  return stanza.name === "iq" && stanza.attrs.type === "set" && childOf(stanza, "jingle", ns.jingle) !== undefined;
}

export function content(medium: string, sources: string): string {
  return `<content name="${medium}"><description xmlns="${ns.rtp}" media="${medium}">${sources}</description></content>`;
}

export function source(name: string, ssrc: number | string, msid = `${name} ${name}-track`): string {
  const parameter = `<parameter name="msid" value="${msid}"/>`;
  return `<source xmlns="${ns.sourceAttributes}" ssrc="${ssrc}" name="${name}">${parameter}</source>`;
}

/** Nested sources say no namespace, as those of clients. */
export function group(semantics: string, ...ssrcs: number[]): string {
  const sources = ssrcs.map((ssrc) => `<source ssrc="${ssrc}"/>`).join("");
  return `<ssrc-group xmlns="${ns.sourceAttributes}" semantics="${semantics}">${sources}</ssrc-group>`;
}

/** One picture with its retransmission. */
export function camera(name: string, ssrc: number): string {
  return source(name, ssrc) + source(name, ssrc + 1) + group("FID", ssrc, ssrc + 1);
}
