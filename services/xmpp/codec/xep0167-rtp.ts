/** XEP-0167 1.2.3, https://xmpp.org/extensions/xep-0167.html: what RTP is offered or answered. */
import { create } from "@bufbuild/protobuf";
import {
  type MediaDescription,
  MediaDescriptionSchema,
  MediaKind,
  type PayloadType,
  PayloadTypeSchema,
} from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { ns } from "./namespaces.ts";
import { atMost, optionalInteger, optionalText, requiredInteger, requiredText } from "./reading.ts";
import { readFeedback, writeFeedback } from "./xep0293-rtcp-feedback.ts";
import { readHeaderExtensions, writeHeaderExtensions } from "./xep0294-header-extensions.ts";
import { type Child, childrenOf, type Element, el } from "./xml/element.ts";

const maxPayloadTypes = 64;
const maxParameters = 32;
const maxTimeMs = 60;

/** Undefined for media we don't carry ("application"). */
export function mediaKindOf(description: Element): MediaKind | undefined {
  if (description.attrs.media === "audio") return MediaKind.AUDIO;
  return description.attrs.media === "video" ? MediaKind.VIDEO : undefined;
}

export function mediaNameOf(kind: MediaKind): "audio" | "video" {
  return kind === MediaKind.AUDIO ? "audio" : "video";
}

export function readDescription(description: Element, kind: MediaKind): MediaDescription {
  return create(MediaDescriptionSchema, {
    kind,
    payloadTypes: atMost(childrenOf(description, "payload-type"), maxPayloadTypes, "payload types").map(
      readPayloadType,
    ),
    headerExtensions: readHeaderExtensions(description),
  });
}

function readPayloadType(payloadType: Element): PayloadType {
  const parameters = atMost(childrenOf(payloadType, "parameter"), maxParameters, "parameters").map((parameter) => [
    optionalText(parameter, "name", 64),
    optionalText(parameter, "value", 256),
  ]);
  return create(PayloadTypeSchema, {
    id: requiredInteger(payloadType, "id", 0, 127),
    name: requiredText(payloadType, "name", 64),
    clockRateHz: requiredInteger(payloadType, "clockrate", 1, 1_000_000),
    channels: optionalInteger(payloadType, "channels", 0, 255, 0),
    parameters: Object.fromEntries(parameters),
    feedback: readFeedback(payloadType),
  });
}

/** `sources` come last. */
export function writeDescription(description: MediaDescription, sources: Child): Element {
  const { kind, payloadTypes, headerExtensions } = description;
  return el(
    "description",
    { xmlns: ns.rtp, media: mediaNameOf(kind), maxptime: kind === MediaKind.AUDIO ? maxTimeMs : undefined },
    payloadTypes.map(writePayloadType),
    writeHeaderExtensions(headerExtensions),
    el("rtcp-mux", { xmlns: ns.rtp }),
    sources,
  );
}

function writePayloadType({ id, name, clockRateHz, channels, parameters, feedback }: PayloadType): Element {
  return el(
    "payload-type",
    { xmlns: ns.rtp, id, name, clockrate: clockRateHz, channels: channels > 0 ? channels : undefined },
    Object.entries(parameters).map(([key, value]) => el("parameter", { xmlns: ns.rtp, name: key, value })),
    feedback.map(writeFeedback),
  );
}
