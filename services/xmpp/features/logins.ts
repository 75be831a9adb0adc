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
import { prepareName } from "../domain/scram.ts";
import { type Domains, decodeName } from "../domains.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Logins } from "../sasl/logins.ts";
import type { Passwords } from "../sasl/passwords.ts";
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
  readonly passwords: Pick<Passwords, "verifyPlain">;
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

/** As at sign-in, and counted with it: who guesses gains nothing by asking at two doors. */
async function identityByPassword(
  { passwords, domains }: Given,
  { user, password, address }: Asked,
): Promise<Identity> {
  const [local = "", domain = domains.main] = user.split("@");
  const name = prepareName(local);
  const wrong = new VecheError("permission-denied", "name or password is wrong, or the account is disabled");
  if (name === undefined || domain !== domains.main || user.length > 150) throw wrong;
  const reply = await passwords.verifyPlain({ name, domain: domains.main, address: address || "unknown" }, password);
  if (reply.type === "done") return reply.who.identity;
  if (reply.type === "failed" && reply.condition === "temporary-auth-failure") {
    throw new VecheError("resource-exhausted", "too many attempts; try again later");
  }
  throw wrong;
}

type Asked = MessageShape<typeof IdentifyRequestSchema>;

async function identify(given: Given, asked: Asked): Promise<MessageInitShape<typeof IdentifyResponseSchema>> {
  const identity = await identityOf(given, asked);
  if (asked.room) checkRoom(given, asked.room.jid, identity);
  return { identity: identityMessage(identity), sessionId: identity.kind === "account" ? asked.sessionId : "" };
}

function checkRoom(given: Given, roomJid: string, identity: Identity): void {
  const jid = parseJid(roomJid);
  const address = jid && given.rooms.addressOf(jid);
  if (!address) throw new VecheError("invalid-argument", `"${roomJid}" is no address of a room here`);
  if (!holdsIn(given, identity, address)) throw new VecheError("permission-denied", "Room and token mismatched");
  if (!isKnown(given, address) && refuseToOpen(given, identity, address)) {
    throw new VecheError("unauthenticated", "who opens a room here has to sign in");
  }
}

async function identityOf(given: Given, asked: Asked): Promise<Identity> {
  const { tokens, logins } = given;
  const { token, sessionId, machineUid } = asked;
  if (asked.user !== "") return identityByPassword(given, asked);
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
