import assert from "node:assert/strict";
import { test } from "node:test";
import { childNamed, childrenNamed, serialise } from "../xml/element.ts";
import { acceptContents } from "./accept.ts";
import { exampleOffer, exampleSource, exampleVideo } from "./example.ts";
import { readOffer } from "./offer.ts";
import {
  parseSdp,
  readStreams,
  valuesOf,
  withSimGroup,
  withSimulcast,
  withStreams,
  writeSdp,
} from "./own-description.ts";
import { RemoteDescription } from "./remote-description.ts";
import { readSources, sourceContent } from "./source.ts";

const everything = { withoutUdp: false, withoutTcp: false };
const remote = (
  audio = [exampleSource(111111111, "zoe-a0", "zoe", "zoe-audio-0-1 t")],
  video = exampleVideo("zoe", 222222222),
) => {
  const offer = readOffer(exampleOffer(audio, video), everything);
  assert.ok(offer);
  return new RemoteDescription(offer);
};
const mLines = (sdp: string) => sdp.split("\r\n").filter((line) => line.startsWith("m="));

test("a session-initiate is read whole", () => {
  const offer = readOffer(exampleOffer([], exampleVideo("zoe", 222222222)), everything);
  assert.equal(offer?.bridgeSessionId, "7d2");
  assert.deepEqual(offer?.webSocketUrls, ["wss://meet.example/colibri-ws/b1/c/ab12?pwd=x"]);
  assert.equal(offer?.candidates.length, 2);
  const zoe = offer?.sources.find(({ owner }) => owner === "zoe");
  assert.deepEqual(zoe?.ssrcs, [222222222, 222222223]);
  assert.deepEqual(zoe?.groups, [{ semantics: "FID", ssrcs: [222222222, 222222223] }]);
});

test("candidates of a protocol that the page may not use are dropped", () => {
  const protocols = (rules: typeof everything) =>
    readOffer(exampleOffer(), rules)?.candidates.map(({ protocol }) => protocol);
  assert.deepEqual(protocols({ ...everything, withoutUdp: true }), ["tcp"]);
  assert.deepEqual(protocols({ ...everything, withoutTcp: true }), ["udp"]);
});

test("the offer begins with the sections of microphone and camera and gives every remote source its own", () => {
  const sdp = remote().sdp();
  assert.equal(mLines(sdp).length, 4);
  assert.match(sdp, /a=ice-lite/);
  assert.match(sdp, /a=group:BUNDLE 0 1 2 3\r\n/);
  const { sections } = parseSdp(sdp);
  assert.deepEqual(
    sections.map(({ kind, lines }) => `${kind} ${lines.find((line) => /^a=(send|recv|inact)/.test(line))}`),
    ["audio a=sendrecv", "video a=sendrecv", "audio a=sendonly", "video a=sendonly"],
  );
  assert.ok(sections[3]?.lines.includes("a=ssrc-group:FID 222222222 222222223"));
  assert.ok(sections[0]?.lines.some((line) => line.includes("mixedmslabel")));
});

test("someone who leaves gives up their sections, and the next source takes one over under a new mid", () => {
  const description = remote();
  assert.equal(description.removeOwner("zoe"), true);
  const left = description.sdp();
  assert.equal(mLines(left).filter((line) => line.split(" ")[1] === "0").length, 2);
  assert.match(left, /a=group:BUNDLE 0 1\r\n/);
  description.negotiated();
  description.add(readSources(exampleOffer([], exampleVideo("max", 333333333))).filter(({ owner }) => owner === "max"));
  const next = description.sdp();
  assert.equal(mLines(next).length, 4);
  assert.match(next, /a=group:BUNDLE 0 1 4\r\n/);
});

test("a section not yet seen closed by the browser is not taken over", () => {
  const description = remote();
  description.removeOwner("zoe");
  description.add(readSources(exampleOffer([], exampleVideo("max", 333333333))).filter(({ owner }) => owner === "max"));
  assert.equal(mLines(description.sdp()).length, 5);
});

test("an msid cannot smuggle lines into the SDP", () => {
  const source = exampleSource(111111111, "zoe-a0", "zoe", "a\r\nm=audio b{}");
  const sdp = remote([source], []).sdp();
  assert.equal(mLines(sdp).length, 3);
});

const ANSWER = [
  "v=0",
  "a=group:BUNDLE 0 1",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  "a=mid:0",
  "a=ice-ufrag:me",
  "a=ice-pwd:mypassword",
  "a=fingerprint:sha-256 CD:EF",
  "a=setup:active",
  "a=rtpmap:111 opus/48000/2",
  "a=fmtp:111 minptime=10;useinbandfec=1",
  "a=rtcp-fb:111 transport-cc",
  "a=extmap:6 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  "a=ssrc:5 cname:c",
  "m=video 9 UDP/TLS/RTP/SAVPF 100 101",
  "a=mid:1",
  "a=msid:s t",
  "a=ice-ufrag:me",
  "a=ice-pwd:mypassword",
  "a=fingerprint:sha-256 CD:EF",
  "a=setup:active",
  "a=rtpmap:100 VP8/90000",
  "a=rtcp-fb:100 nack pli",
  "a=rtpmap:101 rtx/90000",
  "a=fmtp:101 apt=100",
  "a=ssrc-group:FID 10 20",
  "a=ssrc:10 cname:c",
  "a=ssrc:20 cname:c",
].join("\r\n");

test("one camera stream becomes three layers with a retransmission stream each", () => {
  const video = parseSdp(ANSWER).sections[1];
  assert.ok(video);
  let next = 100;
  const streams = withSimulcast(readStreams(video), 3, () => next++);
  assert.deepEqual(streams.ssrcs, [10, 100, 101, 20, 102, 103]);
  assert.deepEqual(
    streams.groups.map(({ semantics, ssrcs }) => `${semantics} ${ssrcs}`),
    ["SIM 10,100,101", "FID 10,20", "FID 100,102", "FID 101,103"],
  );
  const munged = withStreams(video, streams);
  assert.deepEqual(readStreams(munged), streams);
  assert.equal(valuesOf(munged.lines, "ssrc").filter((value) => value.endsWith("cname:c")).length, 6);
  assert.equal(
    withSimulcast(streams, 3, () => next++),
    streams,
  );
});

test("an answer is written back line by line", () => {
  assert.equal(writeSdp(parseSdp(ANSWER)), `${ANSWER}\r\n`);
});

test("layers that a browser numbered itself are grouped, low to high", () => {
  const streams = withSimGroup({ ssrcs: [1, 2, 3, 11], groups: [{ semantics: "FID", ssrcs: [1, 11] }] });
  assert.deepEqual(streams.groups[0], { semantics: "SIM", ssrcs: [1, 2, 3] });
});

test("the accept tells codecs, transport and our sources", () => {
  const source = {
    name: "me-a0",
    owner: "me",
    kind: "audio",
    videoType: "camera",
    msid: "me-audio-0-1 x",
    ssrcs: [5],
    groups: [],
  } as const;
  const [audio, video] = acceptContents(parseSdp(ANSWER), [source]);
  assert.equal(audio?.attrs.name, "audio");
  const description = childNamed(audio, "description");
  const opus = childNamed(description, "payload-type");
  assert.deepEqual(opus?.attrs, {
    xmlns: "urn:xmpp:jingle:apps:rtp:1",
    id: "111",
    name: "opus",
    clockrate: "48000",
    channels: "2",
  });
  assert.equal(childrenNamed(opus, "parameter").length, 2);
  assert.equal(childNamed(description, "source")?.attrs.ssrc, "5");
  const transport = childNamed(video, "transport");
  assert.equal(transport?.attrs.ufrag, "me");
  assert.equal(childNamed(transport, "fingerprint")?.attrs.setup, "active");
  assert.equal(childrenNamed(childNamed(video, "description"), "source").length, 0);
});

test("a source reads back as it was written, every element with its namespace", () => {
  const source = {
    name: "me-v0",
    owner: "me",
    kind: "video",
    videoType: "camera",
    msid: "me-video-0-1 x",
    ssrcs: [1, 2],
    groups: [{ semantics: "FID", ssrcs: [1, 2] }],
  } as const;
  const content = sourceContent(source);
  assert.equal(serialise(content).match(/<source /g)?.length, serialise(content).match(/<source xmlns=/g)?.length);
  assert.deepEqual(readSources({ name: "jingle", attrs: {}, children: [content] }), [source]);
});
