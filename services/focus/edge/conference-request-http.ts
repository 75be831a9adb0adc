import { errorTable, toVecheError, VecheError } from "@veche/kit/errors.ts";
import type { FastifyInstance, FastifyReply } from "@veche/kit/http.ts";
import { roomId } from "@veche/proto/ids.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import type { Config } from "../config.ts";
import type { RoomRef } from "../domain/conference.ts";
import type { ConferenceRequest } from "./conference-request.ts";
import type { HttpGiven } from "./http.ts";

const longestJid = 1023;
const longestId = 1023;

/** `POST /conference-request/v1` (focus.md 3.1): 403 is "sign in first", 400 with the right words "forget that session". */
export function mountConferenceRequest(app: FastifyInstance, given: HttpGiven): void {
  const { conferenceRequests, recovered } = given;
  app.options("/conference-request/v1", (_request, reply) => allowOrigins(reply).send());
  app.post("/conference-request/v1", async (request, reply) => {
    allowOrigins(reply);
    const asked = readRequest(request.body, (jid) => findRoom(jid, given));
    if (typeof asked === "string") return reply.code(400).type("text/plain").send(`Error 400: ${asked}`);
    try {
      await recovered();
      const known = await identify(given, asked, request.headers.authorization);
      const answer = await conferenceRequests.answer({ ...asked, ...known });
      const { ready, focusJid, identity, properties } = answer;
      const { sessionId } = known;
      const named = { sessionId: sessionId || undefined, identity: identity || undefined };
      return reply.send({ room: asked.room.jid, ready, focusJid, ...named, vnode: null, properties });
    } catch (error) {
      const { code, message } = toVecheError(error);
      if (error === sessionUnknown) return reply.code(400).type("text/plain").send("Error 400 invalid-session");
      if (code === "unauthenticated" || code === "permission-denied") return reply.code(403).send({ code, message });
      return reply.code(errorTable[code].http).send({ code, message });
    }
  });
}

function allowOrigins(reply: FastifyReply): FastifyReply {
  return reply
    .header("access-control-allow-origin", "*")
    .header("access-control-allow-methods", "POST, OPTIONS")
    .header("access-control-allow-headers", "content-type, authorization");
}

type Asked = {
  readonly room: RoomRef;
  readonly machineUid: string;
  readonly sessionId: string;
  readonly properties: Readonly<Record<string, string>>;
};

type Known = Pick<ConferenceRequest, "authenticated" | "identity" | "who"> & { readonly sessionId: string };

const sessionUnknown = new VecheError("failed-precondition", "that session id is no longer known");

/** Who asks, by the token or the session id that came along; the XMPP server knows both. */
async function identify(
  { bus, context }: HttpGiven,
  { room, machineUid, sessionId }: Asked,
  authorization: string | undefined,
): Promise<Known> {
  const token = /^bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
  if (token === "" && sessionId === "") return { authenticated: false, identity: "", sessionId: "" };
  const request = { token, sessionId, machineUid, room };
  const found = await bus.request(xmpp.identify, { unit: context.config.VECHE_UNIT }, request).catch((error) => {
    throw toVecheError(error).code === "failed-precondition" ? sessionUnknown : error;
  });
  const who = found.identity;
  const authenticated = who?.kind === "account" || who?.kind === "token";
  const identity = authenticated ? `${who.userId}@${context.config.XMPP_DOMAIN}` : "";
  return { authenticated, identity, sessionId: found.sessionId, ...(who ? { who } : {}) };
}

/** The request, or what is wrong with it. */
function readRequest(body: unknown, find: (jid: string) => RoomRef | undefined): Asked | string {
  if (typeof body !== "object" || body === null) return "expected a JSON object";
  const { room, properties, machineUid, sessionId } = body as Readonly<Record<string, unknown>>;
  if (typeof room !== "string" || room === "" || room.length > longestJid) return 'expected "room", an address';
  const ref = find(room);
  if (!ref) return "expected the address of a room here";
  return { room: ref, machineUid: textOf(machineUid), sessionId: textOf(sessionId), properties: textsOf(properties) };
}

/** A breakout room is known by its main room alone. */
function findRoom(jid: string, { conferences, context }: HttpGiven): RoomRef | undefined {
  const breakouts = conferences.states().flatMap(({ policy }) => policy.breakouts);
  return breakouts.find(({ room }) => room.jid === jid.toLowerCase())?.room ?? parseRoom(jid, context.config);
}

/** As the XMPP server reads a room's address: a tenant's rooms are on a MUC host between the two halves of ours. */
function parseRoom(jid: string, { XMPP_DOMAIN: main, XMPP_MUC_DOMAIN: muc }: Config): RoomRef | undefined {
  const [, name = "", domain = ""] = /^([^@/\s<>"'&:]{1,1023})@([^@/\s]{1,1023})$/.exec(jid.toLowerCase()) ?? [];
  const tenant = name === "" ? undefined : tenantOf(domain, main, muc);
  if (tenant === undefined) return undefined;
  return { tenant, room: roomId(decode(name), tenant), name, jid: `${name}@${domain}` };
}

function tenantOf(domain: string, main: string, muc: string): string | undefined {
  if (domain === muc) return "main";
  const prefix = muc.endsWith(`.${main}`) ? `${muc.slice(0, -main.length - 1)}.` : undefined;
  if (prefix === undefined || !domain.startsWith(prefix) || !domain.endsWith(`.${main}`)) return undefined;
  const tenant = domain.slice(prefix.length, -main.length - 1);
  return /^[\p{L}\p{N}][\p{L}\p{N}_-]{0,62}$/u.test(tenant) ? tenant : undefined;
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** An id, or nothing where it is none. */
function textOf(value: unknown): string {
  return typeof value === "string" && value.length <= longestId ? value : "";
}

function textsOf(properties: unknown): Readonly<Record<string, string>> {
  if (typeof properties !== "object" || properties === null) return {};
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, String(value)]));
}
