import type { Bus } from "@veche/kit/bus.ts";
import { toVecheError, VecheError } from "@veche/kit/errors.ts";
import { gateway } from "@veche/proto/subjects.ts";
import { parseJid } from "../codec/jid.ts";
import { callInfo, callNode, callVerification } from "../codec/jitsi-jigasi.ts";
import { ns } from "../codec/namespaces.ts";
import {
  type Answer,
  answer,
  done,
  errorElement,
  errorOf,
  refuse,
  serviceUnavailable,
  stanzaError,
} from "../codec/rfc6120-stanza.ts";
import { writeInfo } from "../codec/xep0030-disco.ts";
import { type Element, el, payloadOf } from "../codec/xml/element.ts";
import { iqAbout, iqKey, type MaybeLater } from "../features/feature.ts";
import type { Session } from "../stream/session.ts";
import type { Dialled } from "./dialled.ts";

export type AnswersGiven = {
  readonly bus: Bus;
  readonly dialled: Dialled;
  readonly version: string;
  readonly route: (session: Session, stanza: Element) => void;
};

const forbidden = stanzaError("auth", "forbidden", "only a moderator and who dialled hang up a call");
const nodeUnknown = stanzaError("cancel", "item-not-found");

/** What a call answers to who asks it something by an IQ, as a client would. */
export class CallAnswers {
  readonly #given: AnswersGiven;

  constructor(given: AnswersGiven) {
    this.#given = given;
  }

  answer(session: Session, iq: Element): void {
    void this.#find(session, iq).then((found) => {
      const { id, from } = iq.attrs;
      const type = found.ok ? "result" : "error";
      const content = found.ok ? found.payload : errorElement(found.error);
      this.#given.route(session, el("iq", { type, id, to: from }, content));
    });
  }

  async #find(session: Session, iq: Element): Promise<Answer> {
    const payload = payloadOf(iq);
    if (!payload) return refuse(serviceUnavailable);
    try {
      return await this.#about(session, iq, payload);
    } catch (thrown) {
      return refuse(errorOf(toVecheError(thrown)));
    }
  }

  #about(session: Session, { attrs: { from, type } }: Element, payload: Element): MaybeLater<Answer> {
    switch (iqKey(payload)) {
      case iqAbout("query", ns.discoInfo):
        return describe(payload.attrs.node);
      case iqAbout("ping", ns.ping):
        return done;
      case iqAbout("query", ns.version):
        return answer(this.#version());
      case iqAbout("hangup", ns.rayo):
        return type === "set" ? this.#hangUp(session, from) : refuse(serviceUnavailable);
      default:
        return refuse(serviceUnavailable);
    }
  }

  #version(): Element {
    return el("query", { xmlns: ns.version }, el("name", {}, "Veche"), el("version", {}, this.#given.version));
  }

  async #hangUp({ call, rooms }: Session, from: string | undefined): Promise<Answer> {
    const asker = parseJid(from);
    const place = rooms.get(asker?.bare ?? "");
    const by = asker && place?.room.occupants.get(asker.resource);
    if (!call || !place || !by) throw new VecheError("not-found", "the call is not in this room");
    const { room, occupant } = place;
    const mayHangUp = room.roleOf(by) === "moderator" || this.#given.dialled.isBy(room, occupant.nick, by);
    if (!mayHangUp) return refuse(forbidden);
    const request = { room: room.address, endpoint: occupant.nick, byEndpoint: by.nick };
    await this.#given.bus.request(gateway.hangUp, { gateway: call.gateway }, request);
    return done;
  }
}

function describe(node: string | undefined): Answer {
  const isOwn = node === undefined || node === `${callNode}#${callVerification}`;
  return isOwn ? answer(writeInfo(callInfo, node)) : refuse(nodeUnknown);
}
