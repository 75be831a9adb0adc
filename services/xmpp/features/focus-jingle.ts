import { VecheError } from "@veche/kit/errors.ts";
import { focus } from "@veche/proto/subjects.ts";
import { ns } from "../codec/namespaces.ts";
import { type Answer, answer, done, errorOf, refuse } from "../codec/rfc6120-stanza.ts";
import { writeInfo } from "../codec/xep0030-disco.ts";
import { type JingleRequest, readJingle, unknownSession } from "../codec/xep0166-jingle.ts";
import type { OccupantOf, RoomOf } from "../stream/session.ts";
import { type Feature, type Iq, iqAbout } from "./feature.ts";
import type { FocusRequests } from "./focus-requests.ts";

/** What occupants say to the occupant `focus`: Jingle becomes requests to the focus. */
export function focusJingle(focusRequests: FocusRequests): Feature {
  return {
    focusOccupantIqs: {
      [iqAbout("jingle", ns.jingle)]: (room, occupant, iq) => tellFocus(focusRequests, room, occupant, iq),
      [iqAbout("query", ns.discoInfo)]: (_room, _occupant, { payload }) =>
        answer(writeInfo(focusInfo, payload.attrs.node)),
    },
  };
}

const focusInfo = {
  identities: [{ category: "component", type: "generic", name: "focus" }],
  features: [ns.discoInfo, ns.jingle, ns.rtp, ns.iceUdp, ns.dtls],
};

async function tellFocus(requests: FocusRequests, room: RoomOf, occupant: OccupantOf, iq: Iq): Promise<Answer> {
  const read = readJingle(iq.payload, occupant.nick);
  if (!read.ok) return refuse(read.error);
  try {
    await passOn(requests, room, occupant, read.value);
    return done;
  } catch (thrown) {
    if (!(thrown instanceof VecheError)) throw thrown;
    return refuse(errorOf(thrown, thrown.code === "not-found" ? [unknownSession] : undefined));
  }
}

function passOn(requests: FocusRequests, room: RoomOf, occupant: OccupantOf, jingle: JingleRequest): Promise<unknown> {
  const base = { room: room.address, endpoint: occupant.nick, jingleSession: jingle.sid };
  switch (jingle.action) {
    case "session-accept": {
      const { descriptions, transport, sources, initialLastN } = jingle;
      const accepted = { ...base, descriptions, transport, sources };
      const limited = initialLastN === undefined ? accepted : { ...accepted, initialLastN };
      return requests.askInOrder(occupant, focus.acceptSession, limited);
    }
    case "source-add":
      return requests.askInOrder(occupant, focus.addSources, { ...base, sources: jingle.sources });
    case "source-remove":
      return requests.askInOrder(occupant, focus.removeSources, { ...base, sources: jingle.sources });
    case "session-terminate": {
      const { reason, text, bridgeSession, restart } = jingle;
      return requests.askInOrder(occupant, focus.terminateSession, { ...base, reason, text, bridgeSession, restart });
    }
    case "transport-info":
      return requests.askInOrder(occupant, focus.updateTransport, { ...base, transport: jingle.transport });
    case "session-info":
      if (!jingle.iceRestart) return Promise.resolve();
      return requests.askInOrder(occupant, focus.restartIce, { ...base, bridgeSession: jingle.bridgeSession });
  }
}
