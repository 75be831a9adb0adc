import { BoshEdge } from "../edge/bosh.ts";
import type { C2sCertificate } from "../edge/c2s-certificate.ts";
import { Gate } from "../edge/gate.ts";
import { TcpEdge } from "../edge/tcp.ts";
import { TurnEnd } from "../edge/turn-end.ts";
import { WebSocketEdge } from "../edge/websocket.ts";
import type { Session } from "../stream/session.ts";
import type { FeatureParts } from "./features.ts";
import type { PeopleParts } from "./people.ts";
import type { Base, RoomParts } from "./rooms.ts";

export type StreamParts = ReturnType<typeof buildStreams>;

/** Over what people connect. Without a certificate there is no TCP. */
export function buildStreams(
  given: Base & RoomParts & PeopleParts & FeatureParts,
  certificate: C2sCertificate | undefined,
) {
  const { clock, config, keeper, limits, router } = given;
  const gate = new Gate(clock, limits);
  const streams = {
    ...given,
    gate,
    turnEnd: new TurnEnd(),
    route: router.route.bind(router),
    keep: (session: Session) => keeper.keep(session),
    touched: (session: Session) => keeper.sessionChanged(session, "sent"),
  };
  const socketStreams = { ...streams, resumeSeconds: Math.round(config.XMPP_RESUME_TIMEOUT / 1000) };
  return {
    gate,
    bosh: new BoshEdge(streams),
    webSocket: new WebSocketEdge(socketStreams),
    tcp: certificate && new TcpEdge(socketStreams, certificate),
  };
}
