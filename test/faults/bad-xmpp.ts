/** What a client may send to the XMPP server that is no XMPP, and what it has to be told. */

const framing = 'xmlns="urn:ietf:params:xml:ns:xmpp-framing"';
const client = 'xmlns="jabber:client"';

/** After the last of these the server says a stream error and closes. */
export type BadStream = { readonly name: string; readonly frames: readonly string[]; readonly condition: RegExp };

const nested = (depth: number): string => "<a>".repeat(depth) + "</a>".repeat(depth);
const attributes = (count: number): string => Array.from({ length: count }, (_, index) => `a${index}="1"`).join(" ");
const notWellFormed = /not-well-formed|invalid-xml|bad-format/;

export const beforeSignIn: readonly BadStream[] = [
  { name: "text that is not XML", frames: ["hello"], condition: notWellFormed },
  { name: "XML that never closes", frames: [`<open ${framing} to="meet.jitsi"`], condition: notWellFormed },
  {
    name: "a document type",
    frames: ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    condition: /restricted-xml|not-well-formed/,
  },
  { name: "a processing instruction", frames: ["<?php x?><a/>"], condition: /restricted-xml|not-well-formed/ },
  {
    name: "a stanza before the stream",
    frames: [`<message ${client} to="meet.jitsi"/>`],
    condition: /not-authorized|invalid|bad-format/,
  },
  {
    name: "another domain",
    frames: [`<open ${framing} to="elsewhere.example" version="1.0"/>`],
    condition: /host-unknown/,
  },
  {
    name: "a stanza before signing in",
    frames: [`<open ${framing} to="meet.jitsi" version="1.0"/>`, `<message ${client} to="meet.jitsi"/>`],
    condition: /not-authorized/,
  },
  {
    name: "more bytes than a stranger may send",
    frames: [`<open ${framing} to="meet.jitsi" version="1.0" x="${"y".repeat(12_000)}"/>`],
    condition: /policy-violation/,
  },
];

export const afterSignIn: readonly BadStream[] = [
  { name: "a stanza that is cut off", frames: [`<message ${client}><body>`], condition: notWellFormed },
  {
    name: "two stanzas in one frame",
    frames: [`<presence ${client}/><presence ${client}/>`],
    condition: notWellFormed,
  },
  { name: "an unknown entity", frames: [`<message ${client}><body>&nbsp;</body></message>`], condition: notWellFormed },
  {
    name: "a control character",
    frames: [`<message ${client}><body>\u0001</body></message>`],
    condition: notWellFormed,
  },
  { name: "elements too deep", frames: [`<message ${client}>${nested(40)}</message>`], condition: /policy-violation/ },
  { name: "too many attributes", frames: [`<message ${client} ${attributes(80)}/>`], condition: /policy-violation/ },
  {
    name: "more bytes than a member may send",
    frames: [`<message ${client}><body>${"x".repeat(140 * 1024)}</body></message>`],
    condition: /policy-violation/,
  },
  { name: "a stanza of no kind", frames: [`<shout ${client}/>`], condition: /unsupported-stanza-type/ },
];
