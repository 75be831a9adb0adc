/** `@xmpp/client`, unpatched, over WebSocket and over TCP with STARTTLS. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { Administrator, passwordOf } from "@veche/xmpp/testing/people.ts";
import { client, type XmlElement, type XmppClient, xml } from "@xmpp/client";
import { Lesson, room } from "./lesson.ts";

const nick = "pupil001";
const roots = getCACertificates("default");

/** What it is sent, to be waited for. */
class Pupil {
  readonly client: XmppClient;
  readonly #heard: XmlElement[] = [];
  #waiting: (() => void)[] = [];

  constructor(service: string, account: { readonly username?: string; readonly password?: string } = {}) {
    this.client = client({ service, domain: "meet.jitsi", ...account });
    this.client.on("error", () => {});
    this.client.on("stanza", (stanza) => {
      this.#heard.push(stanza);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  async next(match: (stanza: XmlElement) => boolean): Promise<XmlElement> {
    for (;;) {
      const index = this.#heard.findIndex(match);
      const [found] = index < 0 ? [] : this.#heard.splice(index, 1);
      if (found) return found;
      await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    }
  }

  async enter(): Promise<void> {
    const join = xml("x", { xmlns: "http://jabber.org/protocol/muc" });
    await this.client.send(xml("presence", { to: `${room}/${nick}` }, join));
    await this.next(({ name, attrs }) => name === "presence" && attrs.from === `${room}/${nick}`);
  }

  say(text: string): Promise<void> {
    return this.client.send(xml("message", { to: room, type: "groupchat" }, xml("body", {}, text)));
  }
}

const saying = (text: string) => (stanza: XmlElement) => stanza.getChildText("body") === text;

for (const transport of ["WebSocket", "TCP"] as const) {
  test(`@xmpp/client over ${transport} signs in, enters a room, and is heard`, async () => {
    await using lesson = await Lesson.begin();
    setDefaultCACertificates([...roots, lesson.certificate]);
    const service = transport === "TCP" ? `xmpp://127.0.0.1:${lesson.harness.c2sPort}` : lesson.webSocketUrl;
    const pupil = new Pupil(service);
    const address = await pupil.client.start();
    assert.match(address.toString(), /^[0-9a-f-]{36}@meet\.jitsi\//);
    await pupil.enter();
    await lesson.sees(nick);
    await pupil.say("good morning");
    await lesson.hears("good morning", nick);
    lesson.say("sit down");
    await pupil.next(saying("sit down"));
    const ping = xml("iq", { type: "get", to: "meet.jitsi" }, xml("ping", { xmlns: "urn:xmpp:ping" }));
    assert.equal((await pupil.client.iqCaller.request(ping)).attrs.type, "result");
    assert.equal(pupil.client.streamManagement.enabled, true);
    await pupil.client.stop();
    await lesson.sees(nick, "unavailable");
  });
}

test("@xmpp/client over a WebSocket that was cut comes back by itself", async () => {
  await using lesson = await Lesson.begin();
  const pupil = new Pupil(lesson.webSocketUrl);
  await pupil.client.start();
  await pupil.enter();
  pupil.client.reconnect.delay = 1;
  const back = new Promise<void>((resolve) => pupil.client.on("online", () => resolve()));
  pupil.client.socket?.end();
  await back;
  await pupil.enter();
  await pupil.client.stop();
});

test("@xmpp/client signs in with the password of an account over TCP", async () => {
  await using lesson = await Lesson.begin();
  await using administrator = await Administrator.start(lesson.harness);
  await administrator.add("anna");
  setDefaultCACertificates([...roots, lesson.certificate]);
  const account = { username: "anna", password: passwordOf("anna") };
  const pupil = new Pupil(`xmpp://127.0.0.1:${lesson.harness.c2sPort}`, account);
  assert.match((await pupil.client.start()).toString(), /^anna@meet\.jitsi\//);
  await pupil.client.stop();
});
