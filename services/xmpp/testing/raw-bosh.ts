import assert from "node:assert/strict";
import { ns } from "../codec/namespaces.ts";
import { childOf, type Element, elementsOf } from "../codec/xml/element.ts";
import type { Harness } from "./harness.ts";
import { parse } from "./scripted-client.ts";

/** One session, request by request, with the ids in the test's hand. */
export class RawBosh {
  readonly #url: string;
  sid = "";
  rid = 1_000;

  constructor(harness: Harness) {
    this.#url = `http://127.0.0.1:${harness.port}/http-bind`;
  }

  async post(attributes: string, content = "", headers: Record<string, string> = {}): Promise<Element> {
    const body = `<body xmlns="${ns.httpbind}" ${attributes}>${content}</body>`;
    const response = await fetch(this.#url, { method: "POST", body, headers });
    assert.equal(response.headers.get("access-control-allow-origin"), "*");
    assert.equal(response.headers.get("x-jitsi-shard"), null);
    return parse(await response.text());
  }

  next(content = "", attributes = ""): Promise<Element> {
    return this.at(++this.rid, content, attributes);
  }

  at(rid: number, content = "", attributes = ""): Promise<Element> {
    return this.post(`rid="${rid}" sid="${this.sid}" ${attributes}`, content);
  }

  async create(): Promise<Element> {
    const created = await this.post(
      `rid="${this.rid}" to="meet.jitsi" wait="60" hold="1" ver="1.6" xmlns:xmpp="${ns.xbosh}" xmpp:version="1.0"`,
    );
    this.sid = created.attrs.sid ?? "";
    return created;
  }

  async signIn(): Promise<string> {
    await this.create();
    await this.next(`<auth xmlns="${ns.sasl}" mechanism="ANONYMOUS"/>`);
    await this.next("", `to="meet.jitsi" xmpp:restart="true" xmlns:xmpp="${ns.xbosh}"`);
    const bound = await this.next(`<iq type="set" id="_bind_auth_2"><bind xmlns="${ns.bind}"/></iq>`);
    const bind = childOf(elementsOf(bound)[0] ?? assert.fail(), "bind");
    return (bind && childOf(bind, "jid")?.getText()) ?? "";
  }
}

export const ping = (id: string) =>
  `<iq xmlns="jabber:client" type="get" id="${id}" to="meet.jitsi"><ping xmlns="${ns.ping}"/></iq>`;
export const ids = (body: Element) => elementsOf(body).map(({ attrs }) => attrs.id);

export function terminated(body: Element, condition: string | undefined): void {
  assert.equal(body.attrs.type, "terminate");
  assert.equal(body.attrs.condition, condition);
}

/** A request that is still open when the test ends. */
export function leave(request: Promise<Element>): void {
  request.catch(() => {});
}

/** Waits until so many requests of all sessions are held, or came early. */
export async function open(harness: Harness, requests: number): Promise<void> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${harness.port}/debug`);
    const { bosh } = (await response.json()) as { bosh: { held: number; early: number } };
    if (bosh.held + bosh.early === requests) return;
  }
}

/** Waits until so many held requests have lost their connections. */
export async function lost(harness: Harness, requests: number): Promise<void> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${harness.port}/debug`);
    const { bosh } = (await response.json()) as { bosh: { lost: number } };
    if (bosh.lost === requests) return;
  }
}

/** Opens the session's next request and breaks its connection while it is held. */
export async function breakHeld(harness: Harness, bosh: RawBosh): Promise<void> {
  const abort = new AbortController();
  const body = `<body xmlns="${ns.httpbind}" rid="${bosh.rid + 1}" sid="${bosh.sid}"/>`;
  const url = `http://127.0.0.1:${harness.port}/http-bind`;
  const held = assert.rejects(fetch(url, { method: "POST", body, signal: abort.signal }));
  await open(harness, 1);
  abort.abort();
  await held;
  await lost(harness, 1);
}
