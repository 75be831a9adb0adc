// Turns the browser's answer into the contents of a session-accept.
import { type XmlElement, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { type OwnDescription, type OwnSection, valuesOf } from "./own-description.ts";
import { type Source, sourceElements } from "./source.ts";

export function acceptContents(answer: OwnDescription, sources: readonly Source[]): XmlElement[] {
  const first = (kind: string) => answer.sections.find((section) => section.kind === kind);
  return [first("audio"), first("video")]
    .filter((section): section is OwnSection => section !== undefined)
    .map((section) =>
      xml(
        "content",
        { xmlns: NS.jingle, creator: "initiator", name: section.kind, senders: "both" },
        description(
          section,
          sources.filter(({ kind }) => kind === section.kind),
        ),
        transport(section, answer.session),
      ),
    );
}

function description(section: OwnSection, sources: readonly Source[]): XmlElement {
  return xml(
    "description",
    { xmlns: NS.jingleRtp, media: section.kind },
    ...payloadTypes(section),
    ...valuesOf(section.lines, "extmap").map(extension),
    xml("rtcp-mux", { xmlns: NS.jingleRtp }),
    ...sources.flatMap(sourceElements),
  );
}

function extension(value: string): XmlElement {
  const [id, uri] = value.split(" ");
  return xml("rtp-hdrext", { xmlns: NS.jingleHdrExt, id: id?.split("/")[0], uri });
}

/** In the order of the m-line, which is the browser's preference. */
function payloadTypes({ lines }: OwnSection): XmlElement[] {
  const ids = lines[0]?.split(" ").slice(3) ?? [];
  const about = (attribute: string, id: string) =>
    valuesOf(lines, attribute)
      .filter((value) => value.startsWith(`${id} `))
      .map((value) => value.slice(id.length + 1));
  return ids.map((id) => {
    const [name, clockrate, channels] = (about("rtpmap", id)[0] ?? "").split("/");
    const parameters = about("fmtp", id).flatMap((value) => value.split(";"));
    return xml(
      "payload-type",
      { xmlns: NS.jingleRtp, id, name, clockrate, channels },
      ...parameters.map((text) => {
        const [key = "", ...rest] = text.trim().split("=");
        return rest.length > 0
          ? xml("parameter", { xmlns: NS.jingleRtp, name: key, value: rest.join("=") })
          : xml("parameter", { xmlns: NS.jingleRtp, name: "", value: key });
      }),
      ...about("rtcp-fb", id).map((value) => {
        const [type, ...subtype] = value.split(" ");
        return xml("rtcp-fb", { xmlns: NS.jingleRtcpFb, type, subtype: subtype.join(" ") || undefined });
      }),
    );
  });
}

function transport({ lines }: OwnSection, session: readonly string[]): XmlElement {
  // A browser may say these once for the whole session.
  const value = (attribute: string) => valuesOf(lines, attribute)[0] ?? valuesOf(session, attribute)[0];
  const [hash, fingerprint] = (value("fingerprint") ?? "").split(" ");
  return xml(
    "transport",
    { xmlns: NS.jingleIceUdp, ufrag: value("ice-ufrag"), pwd: value("ice-pwd") },
    xml("rtcp-mux", { xmlns: NS.jingleIceUdp }),
    xml(
      "fingerprint",
      { xmlns: NS.jingleDtls, hash, setup: value("setup") ?? "active", required: "false" },
      fingerprint,
    ),
  );
}
