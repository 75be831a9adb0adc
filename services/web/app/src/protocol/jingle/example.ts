// A session-initiate as the focus sends it, for tests.
import { type XmlElement, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";

export function exampleSource(ssrc: number, name: string, owner: string, msid: string): XmlElement {
  return xml(
    "source",
    { xmlns: NS.jingleSsma, ssrc, name },
    xml("parameter", { xmlns: NS.jingleSsma, name: "msid", value: msid }),
    xml("ssrc-info", { xmlns: NS.jitmeet, owner }),
  );
}

export function exampleVideo(owner: string, ssrc: number): XmlElement[] {
  const name = `${owner}-v0`;
  const msid = `${owner}-video-0-1 t-1`;
  const group = [ssrc, ssrc + 1].map((each) => xml("source", { xmlns: NS.jingleSsma, ssrc: each }));
  return [
    exampleSource(ssrc, name, owner, msid),
    exampleSource(ssrc + 1, name, owner, msid),
    xml("ssrc-group", { xmlns: NS.jingleSsma, semantics: "FID" }, ...group),
  ];
}

function transport(): XmlElement {
  const candidate = (id: string, protocol: string, port: number, tcptype?: string) =>
    xml("candidate", {
      component: 1,
      foundation: id,
      generation: 0,
      id,
      ip: "203.0.113.7",
      network: 0,
      port,
      priority: 1000,
      protocol,
      type: "host",
      tcptype,
    });
  return xml(
    "transport",
    { xmlns: NS.jingleIceUdp, ufrag: "u1abcd", pwd: "p1abcdefghijklmnopqrstuv" },
    xml("fingerprint", { xmlns: NS.jingleDtls, hash: "sha-256", setup: "actpass" }, Array(32).fill("AB").join(":")),
    xml("web-socket", { xmlns: NS.colibri, url: "wss://meet.example/colibri-ws/b1/c/ab12?pwd=x" }),
    candidate("1", "udp", 10000),
    candidate("2", "tcp", 4443, "passive"),
  );
}

export function exampleOffer(audio: readonly XmlElement[] = [], video: readonly XmlElement[] = []): XmlElement {
  const feedback = (kind: string, ssrc: number) =>
    exampleSource(ssrc, `jvb-${kind[0]}0`, "jvb", `mixedmslabel mixedlabel${kind}0`);
  const fb = (type: string, subtype?: string) => xml("rtcp-fb", { xmlns: NS.jingleRtcpFb, type, subtype });
  const content = (kind: string, ...children: readonly XmlElement[]) =>
    xml(
      "content",
      { name: kind, creator: "initiator" },
      xml("description", { xmlns: NS.jingleRtp, media: kind }, ...children),
      transport(),
    );
  const parameter = (name: string, value: string) => xml("parameter", { name, value });
  return xml(
    "jingle",
    { xmlns: NS.jingle, action: "session-initiate", initiator: "r@muc/focus", sid: "k3j9" },
    content(
      "audio",
      xml(
        "payload-type",
        { id: 111, name: "opus", clockrate: 48000, channels: 2 },
        parameter("minptime", "10"),
        parameter("useinbandfec", "1"),
        fb("transport-cc"),
      ),
      xml("rtp-hdrext", { xmlns: NS.jingleHdrExt, id: 6, uri: "urn:ietf:params:rtp-hdrext:ssrc-audio-level" }),
      feedback("audio", 314159265),
      ...audio,
    ),
    content(
      "video",
      xml(
        "payload-type",
        { id: 100, name: "VP8", clockrate: 90000 },
        fb("nack"),
        fb("nack", "pli"),
        fb("ccm", "fir"),
        fb("transport-cc"),
      ),
      xml("payload-type", { id: 101, name: "rtx", clockrate: 90000 }, parameter("apt", "100")),
      feedback("video", 271828182),
      ...video,
    ),
    xml("bridge-session", { xmlns: NS.focus, id: "7d2", region: "eu" }),
  );
}
