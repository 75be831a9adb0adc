/** A server with a room somebody is in already, whom ordinary clients come to. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { childOf, type Element } from "@veche/xmpp/codec/xml/element.ts";
import { TestCertificate } from "@veche/xmpp/testing/certificate.ts";
import { Harness } from "@veche/xmpp/testing/harness.ts";
import type { ScriptedClient } from "@veche/xmpp/testing/scripted-client.ts";

export const room = "lesson@muc.meet.jitsi";

export class Lesson implements AsyncDisposable {
  readonly harness: Harness;
  readonly teacher: ScriptedClient;
  readonly #certificate: TestCertificate;

  private constructor(harness: Harness, teacher: ScriptedClient, certificate: TestCertificate) {
    this.harness = harness;
    this.teacher = teacher;
    this.#certificate = certificate;
  }

  static async begin(): Promise<Lesson> {
    const certificate = new TestCertificate("meet.jitsi");
    const harness = await Harness.start({ c2sPort: 0, env: certificate.env });
    const teacher = await harness.client();
    await teacher.enter(room);
    return new Lesson(harness, teacher, certificate);
  }

  get certificate(): string {
    return readFileSync(this.#certificate.env.XMPP_C2S_CERT_FILE, "utf8");
  }

  get webSocketUrl(): string {
    return `ws://127.0.0.1:${this.harness.port}/xmpp-websocket`;
  }

  get boshUrl(): string {
    return `http://127.0.0.1:${this.harness.port}/http-bind`;
  }

  say(text: string): void {
    this.teacher.send(
      `<message to="${room}" type="groupchat" id="${this.teacher.id()}"><body>${text}</body></message>`,
    );
  }

  /** The teacher hears this, from whom it says. */
  async hears(text: string, nick: string): Promise<Element> {
    const message = await this.teacher.next((stanza) => childOf(stanza, "body")?.getText().trim() === text);
    assert.equal(message.attrs.from, `${room}/${nick}`);
    return message;
  }

  /** So many have been let in, however long a program takes to start. */
  async entered(people: number): Promise<void> {
    const { focus } = this.harness;
    await focus?.hears(() => focus.of("occupantJoined").length >= people);
  }

  async sees(nick: string, type?: "unavailable"): Promise<Element> {
    return this.teacher.next((stanza) => stanza.attrs.from === `${room}/${nick}` && stanza.attrs.type === type);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.harness[Symbol.asyncDispose]();
    this.#certificate[Symbol.dispose]();
  }
}
