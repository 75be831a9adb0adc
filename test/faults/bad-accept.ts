/** Answers to an invitation that no browser would give. */

const rtp = 'xmlns="urn:xmpp:jingle:apps:rtp:1"';
const dtls = 'xmlns="urn:xmpp:jingle:apps:dtls:0"';
const ssma = 'xmlns="urn:xmpp:jingle:apps:rtp:ssma:0"';
const goodFingerprint = Array.from({ length: 32 }, (_, index) => (index + 16).toString(16).toUpperCase()).join(":");

type Parts = {
  readonly payloads?: string;
  readonly sources?: string;
  readonly transport?: string;
  readonly fingerprint?: string;
  readonly credentials?: string;
};

function content(media: "audio" | "video", parts: Parts): string {
  const fingerprint =
    parts.fingerprint ?? `<fingerprint ${dtls} hash="sha-256" setup="active">${goodFingerprint}</fingerprint>`;
  const credentials = parts.credentials ?? 'ufrag="abcd" pwd="abcdefghijklmnopqrstuvwx"';
  const transport =
    parts.transport ??
    `<transport xmlns="urn:xmpp:jingle:transports:ice-udp:1" ${credentials}>${fingerprint}<rtcp-mux/></transport>`;
  const payloads =
    parts.payloads ??
    (media === "audio"
      ? '<payload-type id="111" name="opus" clockrate="48000" channels="2"/>'
      : '<payload-type id="100" name="VP8" clockrate="90000"/>');
  return (
    `<content creator="responder" name="${media}" senders="both"><description ${rtp} media="${media}">` +
    `${payloads}${parts.sources ?? ""}</description>${transport}</content>`
  );
}

const both = (parts: Parts): string => content("audio", parts) + content("video", parts);
const source = (nick: string, ssrc: string, kind = "a0"): string =>
  `<source ${ssma} ssrc="${ssrc}" name="${nick}-${kind}"><parameter name="msid" value="${nick}-audio-0-1 x-1"/></source>`;

export type BadAccept = { readonly name: string; readonly contents: (nick: string) => string };

export const badAccepts: readonly BadAccept[] = [
  { name: "nothing at all", contents: () => "" },
  { name: "contents without anything", contents: () => '<content name="audio"/><content name="video"/>' },
  { name: "no fingerprint", contents: () => both({ fingerprint: "" }) },
  {
    name: "a fingerprint that is none",
    contents: () => both({ fingerprint: `<fingerprint ${dtls} hash="sha-256" setup="active">zz:yy</fingerprint>` }),
  },
  {
    name: "an unknown hash",
    contents: () =>
      both({ fingerprint: `<fingerprint ${dtls} hash="rot-13" setup="active">${goodFingerprint}</fingerprint>` }),
  },
  { name: "no ICE credentials", contents: () => both({ credentials: "" }) },
  {
    name: "a payload type of a thousand",
    contents: () => both({ payloads: '<payload-type id="1000" name="opus" clockrate="48000"/>' }),
  },
  {
    name: "a clock rate that is a word",
    contents: () => both({ payloads: '<payload-type id="111" name="opus" clockrate="fast"/>' }),
  },
  {
    name: "an SSRC of zero",
    contents: (nick) => content("audio", { sources: source(nick, "0") }) + content("video", {}),
  },
  {
    name: "an SSRC beyond 32 bits",
    contents: (nick) => content("audio", { sources: source(nick, "99999999999") }) + content("video", {}),
  },
  {
    name: "an SSRC that is a word",
    contents: (nick) => content("audio", { sources: source(nick, "one") }) + content("video", {}),
  },
  {
    name: "a source of somebody else",
    contents: () => content("audio", { sources: source("someoneelse", "77") }) + content("video", {}),
  },
  {
    name: "the same SSRC twice",
    contents: (nick) =>
      content("audio", { sources: source(nick, "78") + source(nick, "78", "a1") }) + content("video", {}),
  },
  {
    name: "a group of sources that are not there",
    contents: (nick) =>
      content("audio", {}) +
      content("video", {
        sources: `${source(nick, "79", "v0")}<ssrc-group ${ssma} semantics="FID"><source ${ssma} ssrc="1"/><source ${ssma} ssrc="2"/></ssrc-group>`,
      }),
  },
  {
    name: "five hundred sources",
    contents: (nick) =>
      content("audio", {
        sources: Array.from({ length: 500 }, (_, index) => source(nick, String(9000 + index), `a${index}`)).join(""),
      }) + content("video", {}),
  },
];
