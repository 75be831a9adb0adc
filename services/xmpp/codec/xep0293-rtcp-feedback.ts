/** XEP-0293 1.0.1, https://xmpp.org/extensions/xep-0293.html: RTCP feedback of a payload type. */

import { create } from "@bufbuild/protobuf";
import { type RtcpFeedback, RtcpFeedbackSchema } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { ns } from "./namespaces.ts";
import { atMost, optionalText, requiredText } from "./reading.ts";
import { childrenOf, type Element, el } from "./xml/element.ts";

export function readFeedback(payloadType: Element): RtcpFeedback[] {
  return atMost(childrenOf(payloadType, "rtcp-fb"), 16, "rtcp-fb").map((feedback) =>
    create(RtcpFeedbackSchema, {
      type: requiredText(feedback, "type", 32),
      parameter: optionalText(feedback, "subtype", 32),
    }),
  );
}

export function writeFeedback({ type, parameter }: RtcpFeedback): Element {
  return el("rtcp-fb", { xmlns: ns.rtcpFeedback, type, subtype: parameter || undefined });
}
