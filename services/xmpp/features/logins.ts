import type { MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Bus } from "@veche/kit/bus.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { IdentifyRequestSchema, IdentifyResponseSchema } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { cut } from "../codec/cut.ts";
import { parseJid } from "../codec/jid.ts";
import { ns } from "../codec/namespaces.ts";
import { answer } from "../codec/rfc6120-stanza.ts";
import { el } from "../codec/xml/element.ts";
import type { Config } from "../config.ts";
import { type Domains, decodeName } from "../domains.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Logins } from "../sasl/logins.ts";
import { anonymous, type Identity, identityMessage } from "../stream/identity.ts";
import type { Sessions } from "../stream/sessions.ts";
import type { TokenAuth } from "../tokens/token-auth.ts";
import { isKnown, refuseToOpen } from "./conference-request.ts";
import { type Feature, iqAbout } from "./feature.ts";
import type { JoinQueue } from "./join-queue.ts";
import { holdsIn } from "./token-room.ts";

type Given = {
  readonly bus: Bus;
  readonly unit: string;
  readonly config: Pick<Config, "TOKEN_AUTH_URL">;
  readonly domains: Domains;
  readonly rooms: Rooms;
  readonly queue: JoinQueue;
  readonly tokens: TokenAuth;
  readonly logins: Logins;
  readonly sessions: Sessions;
};

/** Where people sign in, how they sign out, and who somebody is that comes without an XMPP stream. */
export function logins(given: Given): Feature {
  const serving = given.bus.serve(xmpp.identify, (asked) => identify(given, asked), { unit: given.unit });
  return {
    focusComponentIqs: {
      [iqAbout("login-url", ns.focus)]: (_session, { payload }) => answer(loginUrl(given, payload.attrs.room)),
      [iqAbout("logout", ns.focus)]: (session, { payload }) => {
        given.logins.forget(cut(payload.attrs["session-id"], 128));
        // A guest that was somebody by that login is a guest again.
        const { kind, userId } = session.identity;
        if (kind === "account" && session.jid.local !== userId) given.sessions.identify(session, anonymous);
        return answer(el("logout", { xmlns: ns.focus }));
      },
    },
    close: () => serving.close(),
  };
}

/** The page that issues tokens, or our own with its dialog for a name and a password. */
function loginUrl({ config, tokens }: Given, room: string | undefined) {
  const node = cut(room, 1_023).split("@")[0] ?? "";
  const isExternal = tokens.isConfigured && config.TOKEN_AUTH_URL !== "";
  const encoded = encodeURIComponent(decodeName(node).toWellFormed());
  const url = isExternal ? config.TOKEN_AUTH_URL.replaceAll("{room}", encoded) : `./${node}?login=true`;
  return el("login-url", { xmlns: ns.focus, room, url });
}

type Asked = MessageShape<typeof IdentifyRequestSchema>;

async function identify(given: Given, asked: Asked): Promise<MessageInitShape<typeof IdentifyResponseSchema>> {
  const { rooms } = given;
  const jid = parseJid(asked.room?.jid);
  const address = jid && rooms.addressOf(jid);
  if (!address) throw new VecheError("invalid-argument", `"${asked.room?.jid ?? ""}" is no address of a room here`);
  const identity = await identityOf(given, asked);
  if (!holdsIn(given, identity, address)) throw new VecheError("permission-denied", "Room and token mismatched");
  if (!isKnown(given, address) && refuseToOpen(given, identity, address)) {
    throw new VecheError("unauthenticated", "who opens a room here has to sign in");
  }
  return { identity: identityMessage(identity), sessionId: identity.kind === "account" ? asked.sessionId : "" };
}

async function identityOf({ tokens, logins }: Given, { token, sessionId, machineUid }: Asked): Promise<Identity> {
  if (token !== "" && tokens.isConfigured) {
    const verified = await tokens.verify(token);
    if (!verified.ok) throw new VecheError("permission-denied", verified.text);
    if (verified.isExpired) throw new VecheError("permission-denied", "token expired");
    return verified.identity;
  }
  if (sessionId === "") return anonymous;
  const identity = logins.find(sessionId, machineUid);
  if (!identity) throw new VecheError("failed-precondition", "the session id is not known any more");
  return identity;
}
