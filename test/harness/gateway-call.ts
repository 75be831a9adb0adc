/** A telephone call as Jigasi brings it into a room: a guest's stream, and a gateway's presence. */
import { eventually } from "./wait.ts";
import { domain, mucDomain, WireClient } from "./wire-client.ts";

const features = ["http://jitsi.org/protocol/jigasi", "urn:xmpp:jingle:dtmf:0"];

export class GatewayCall implements Disposable {
  readonly #wire: WireClient;
  readonly #address: string;
  readonly #name: string;
  #isMuted = false;

  private constructor(wire: WireClient, room: string, name: string) {
    this.#wire = wire;
    this.#address = `${room}@${mucDomain}`;
    this.#name = name;
  }

  /** Signed in, and in no room yet. `name`: the number at the other end. */
  static async ready(httpOrigin: string, room: string, name: string): Promise<GatewayCall> {
    const wire = await WireClient.connect(httpOrigin, room);
    await wire.signIn();
    return new GatewayCall(wire, room, name);
  }

  /** Endpoint id. */
  get id(): string {
    return this.#wire.nick;
  }

  /** Where the call is in the room. */
  get jid(): string {
    return `${this.#address}/${this.id}`;
  }

  async enter(status: string): Promise<void> {
    const request = `<conference xmlns="http://jitsi.org/protocol/focus" room="${this.#address}" machine-uid="gateway"/>`;
    await this.#wire.ask(request, `focus.${domain}`);
    this.#present(status, '<x xmlns="http://jabber.org/protocol/muc"/>');
    await this.#wire.heard(/<status[^>]*code=["']110["']/);
  }

  say(status: string): void {
    this.#present(status);
  }

  mute(isMuted: boolean, status = "Connected"): void {
    this.#isMuted = isMuted;
    this.#present(status);
  }

  leave(): void {
    this.#wire.send(`<presence xmlns="jabber:client" type="unavailable" to="${this.jid}"/>`);
  }

  /** A moderator has sent it out. */
  async isRemoved(): Promise<void> {
    await this.#wire.heard(/<presence[^>]*type=["']unavailable["'].*code=["']307["']/s);
  }

  /** What the server or a component has written to it. */
  async hears(text: string | RegExp): Promise<void> {
    await eventually(`the call hears ${text}`, () =>
      this.#wire.received.some((frame) => (typeof text === "string" ? frame.includes(text) : text.test(frame)))
        ? undefined
        : this.#wire.received.slice(-4).join("\n"),
    );
  }

  #present(status: string, more = ""): void {
    const announced = features.map((feature) => `<feature var="${feature}"/>`).join("");
    this.#wire.send(
      `<presence xmlns="jabber:client" to="${this.jid}">${more}` +
        `<nick xmlns="http://jabber.org/protocol/nick">${this.#name}</nick>` +
        `<features>${announced}</features><initiator xmlns="http://jitsi.org/protocol/jigasi"/>` +
        `<audiomuted>${this.#isMuted}</audiomuted><videomuted>true</videomuted><status>${status}</status></presence>`,
    );
  }

  [Symbol.dispose](): void {
    this.#wire[Symbol.dispose]();
  }
}
