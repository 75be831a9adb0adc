import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import {
  type MediaDescription,
  MediaDescriptionSchema,
  type Source,
  SourceSchema,
  type Transport,
  TransportSchema,
} from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import {
  AnnounceSourcesRequestSchema,
  EndSessionRequestSchema,
  FocusPresenceSchema,
  InitiateSessionRequestSchema,
  ReplaceTransportRequestSchema,
} from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { readConferenceRequest, writeConferenceAnswer, writeFocusPresence } from "./jitsi-focus.ts";
import { writeIdentity, writePermissions } from "./jitsi-identity.ts";
import { readPresenceFacts } from "./jitsi-presence.ts";
import type { Read } from "./reading.ts";
import { readSasl, type SaslCondition, saslFailure } from "./rfc6120-stream.ts";
import { readSubmission } from "./xep0004-data-forms.ts";
import { readAdmin } from "./xep0045-muc.ts";
import { readBody } from "./xep0124-bosh.ts";
import {
  type JingleRequest,
  readJingle,
  writeInitiate,
  writeSourceChange,
  writeTerminateSession,
  writeTransportInfo,
} from "./xep0166-jingle.ts";
import { readStreamManagement } from "./xep0198-stream-management.ts";
import { type Element, elementsOf } from "./xml/element.ts";
import { parseXml } from "./xml/parse.ts";
import { serialise } from "./xml/serialise.ts";

const fixtures = new URL("./fixtures/", import.meta.url);
const bounds = { length: 100_000, depth: 32, attributes: 64, children: 2_000 };
const owner = "ab12cd34";
const focusJid = "standup@muc.meet.example/focus";

function parse(xml: string): Element {
  const parsed = parseXml(xml, bounds);
  assert.ok(parsed.ok, xml);
  return parsed.root;
}

function plainJingle(jingle: JingleRequest): unknown {
  return {
    ...jingle,
    ...("descriptions" in jingle ? { descriptions: jingle.descriptions.map(descriptionJson) } : {}),
    ...("sources" in jingle ? { sources: jingle.sources.map(sourceJson) } : {}),
    ...("transport" in jingle ? { transport: transportJson(jingle.transport) } : {}),
  };
}

const descriptionJson = (message: MediaDescription) => toJson(MediaDescriptionSchema, message);
const sourceJson = (message: Source) => toJson(SourceSchema, message);
const transportJson = (message: Transport) => toJson(TransportSchema, message);

function outcome<T>(read: Read<T>, plain: (value: T) => unknown = (value) => value): unknown {
  return read.ok ? plain(read.value) : { error: read.error };
}

/** What the reader of each specification makes of the XML in its folder. */
const readers: Readonly<Record<string, (element: Element) => unknown>> = {
  xep0166: (element) => outcome(readJingle(element, owner), plainJingle),
  "jitsi-focus": (element) => outcome(readConferenceRequest(element)),
  "jitsi-presence": (element) => readPresenceFacts(element, owner, 1_700_000_000_500),
  xep0045: (element) => outcome(readAdmin(element)),
  xep0004: (element) =>
    outcome(readSubmission(element), (value) =>
      value.type === "submit" ? { type: value.type, fields: Object.fromEntries(value.fields) } : value,
    ),
  xep0124: (element) =>
    outcome(readBody(element), ({ elements, ...body }) => ({ ...body, elements: elements.map(serialise) })),
  sasl: (element) => readSasl(element) ?? "no SASL",
  xep0198: (element) => {
    const read = readStreamManagement(element);
    return read && outcome(read);
  },
};

for (const [spec, read] of Object.entries(readers)) {
  const folder = new URL(`${spec}/`, fixtures);
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".xml"))) {
    const golden = new URL(file.replace(".xml", ".json"), folder);
    test(`${spec}: ${file} reads as its golden value`, () => {
      const value: unknown = JSON.parse(JSON.stringify(read(parse(readFileSync(new URL(file, folder), "utf8")))));
      compare(golden, `${JSON.stringify(value, null, 2)}\n`);
    });
  }
}

const json = (text: string) => JSON.parse(text) as JsonValue;

const standup = { name: "standup", jid: "standup@muc.meet.example" };

/** What the writer of each message makes of the JSON in `fixtures/written`. */
const writers: Readonly<Record<string, (text: string) => readonly Element[]>> = {
  "session-initiate": (text) => [
    writeInitiate(
      fromJson(InitiateSessionRequestSchema, json(text)),
      focusJid,
      "wss://meet.example/colibri-ws/b/c/e?pwd=p",
    ),
  ],
  "source-add": (text) => [
    writeSourceChange("source-add", fromJson(AnnounceSourcesRequestSchema, json(text)), focusJid),
  ],
  "session-initiate-json": (text) => [
    writeInitiate(fromJson(InitiateSessionRequestSchema, json(text)), focusJid, "wss://meet.example/x", "json"),
  ],
  "source-add-json": (text) => [
    writeSourceChange("source-add", fromJson(AnnounceSourcesRequestSchema, json(text)), focusJid, "json"),
  ],
  "session-terminate": (text) => [writeTerminateSession(fromJson(EndSessionRequestSchema, json(text)), focusJid)],
  "transport-info": (text) => [writeTransportInfo(fromJson(ReplaceTransportRequestSchema, json(text)), focusJid)],
  "focus-presence": (text) => writeFocusPresence(standup, fromJson(FocusPresenceSchema, json(text))),
  "focus-presence-recording": (text) => writeFocusPresence(standup, fromJson(FocusPresenceSchema, json(text))),
  "conference-answer": (text) => [
    writeConferenceAnswer(JSON.parse(text) as Parameters<typeof writeConferenceAnswer>[0]),
  ],
};

for (const [name, write] of Object.entries(writers)) {
  test(`${name} is written as its golden XML, each element with its namespace`, () => {
    const folder = new URL("written/", fixtures);
    const elements = write(readFileSync(new URL(`${name}.json`, folder), "utf8"));
    for (const element of elements) assertNamespaces(element);
    compare(new URL(`${name}.xml`, folder), `${elements.map(serialise).join("\n")}\n`);
    for (const element of elements) assert.equal(serialise(parse(serialise(element))), serialise(element));
  });
}

/** Written as text, since much of it is written. */
const textWriters: Readonly<Record<string, (text: string) => string>> = {
  identity: (text) => writeIdentity(JSON.parse(text) as Parameters<typeof writeIdentity>[0]),
  permissions: (text) => writePermissions(JSON.parse(text) as Record<string, boolean>),
  "sasl-failure": (text) => {
    const { condition, text: reason } = JSON.parse(text) as { condition: SaslCondition; text?: string };
    return saslFailure(condition, reason);
  },
};

for (const [name, write] of Object.entries(textWriters)) {
  test(`${name} is written as its golden XML`, () => {
    const folder = new URL("written/", fixtures);
    const xml = write(readFileSync(new URL(`${name}.json`, folder), "utf8"));
    assert.ok(parse(xml));
    compare(new URL(`${name}.xml`, folder), `${xml}\n`);
  });
}

function assertNamespaces(element: Element): void {
  assert.ok(element.attrs.xmlns, `<${element.name}> says no namespace`);
  for (const child of elementsOf(element)) assertNamespaces(child);
}

/** `UPDATE_GOLDEN=1` writes what is missing or different; look at the difference before committing it. */
function compare(golden: URL, found: string): void {
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(golden, found);
  assert.ok(existsSync(golden), `${golden.pathname} is missing`);
  const expected = readFileSync(golden, "utf8");
  if (golden.pathname.endsWith(".json")) assert.deepEqual(JSON.parse(found), JSON.parse(expected));
  else assert.equal(found, expected);
}
