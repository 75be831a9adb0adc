/** XEP-0294 1.1.1, https://xmpp.org/extensions/xep-0294.html: RTP header extensions. */
import { create } from "@bufbuild/protobuf";
import { type HeaderExtension, HeaderExtensionSchema } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { ns } from "./namespaces.ts";
import { atMost, requiredInteger, requiredText } from "./reading.ts";
import { childrenOf, type Element, el } from "./xml/element.ts";

const maxId = 255;

export function readHeaderExtensions(description: Element): HeaderExtension[] {
  return atMost(childrenOf(description, "rtp-hdrext"), 32, "rtp-hdrext").map((extension) =>
    create(HeaderExtensionSchema, {
      id: requiredInteger(extension, "id", 1, maxId),
      uri: requiredText(extension, "uri", 256),
    }),
  );
}

export function writeHeaderExtensions(extensions: readonly HeaderExtension[]): readonly Element[] {
  return [
    ...extensions.map(({ id, uri }) => el("rtp-hdrext", { xmlns: ns.rtpHeaderExtension, id, uri })),
    el("extmap-allow-mixed", { xmlns: ns.rtpHeaderExtension }),
  ];
}
