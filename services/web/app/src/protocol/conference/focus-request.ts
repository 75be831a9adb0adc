import { isRecord } from "../json.ts";
import { childNamed, childrenNamed, type XmlElement, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { StanzaError } from "../xmpp/stanza.ts";

export interface ConferenceRequest {
  readonly room: string;
  readonly machineUid: string;
  readonly sessionId: string | undefined;
  readonly token: string | undefined;
}

export type ConferenceAnswer =
  | {
      readonly ok: true;
      readonly ready: boolean;
      readonly focusJid: string | undefined;
      readonly sessionId: string | undefined;
      /** Address of the account we are signed in with. */
      readonly identity: string | undefined;
      readonly hasAuthentication: boolean;
      readonly hasSipGateway: boolean;
    }
  | {
      readonly ok: false;
      readonly reason: "not-authorized" | "session-invalid" | "reservation" | "not-allowed" | "unreachable";
      readonly text: string;
    };

type Request = (type: "set", to: string, child: XmlElement) => Promise<XmlElement>;

export async function requestByIq(
  request: Request,
  focus: string,
  wanted: ConferenceRequest,
): Promise<ConferenceAnswer> {
  try {
    const answer = await request("set", focus, requestElement(wanted));
    return readAnswer(childNamed(answer, "conference"));
  } catch (error) {
    if (error instanceof StanzaError) return readRefusal(error);
    throw error;
  }
}

export function requestElement({ room, machineUid, sessionId, token }: ConferenceRequest): XmlElement {
  const property = (name: string, value: string) => xml("property", { xmlns: NS.focus, name, value });
  return xml(
    "conference",
    { xmlns: NS.focus, room, "machine-uid": machineUid, "session-id": sessionId, token },
    property("rtcstatsEnabled", "false"),
  );
}

export function readAnswer(conference: XmlElement | undefined): ConferenceAnswer {
  const properties = childrenNamed(conference, "property");
  const says = (name: string) => properties.some(({ attrs }) => attrs.name === name && attrs.value === "true");
  return {
    ok: true,
    ready: conference?.attrs.ready === "true",
    focusJid: conference?.attrs.focusjid,
    sessionId: conference?.attrs["session-id"],
    identity: conference?.attrs.identity || undefined,
    hasAuthentication: says("authentication"),
    hasSipGateway: says("sipGatewayEnabled"),
  };
}

export function readRefusal(error: StanzaError): ConferenceAnswer {
  if (error.says("session-invalid") || error.says("not-acceptable"))
    return { ok: false, reason: "session-invalid", text: error.message };
  if (error.says("reservation-error")) return { ok: false, reason: "reservation", text: error.message };
  if (error.says("not-authorized")) return { ok: false, reason: "not-authorized", text: error.message };
  if (error.says("not-allowed")) return { ok: false, reason: "not-allowed", text: error.message };
  return { ok: false, reason: "unreachable", text: error.message };
}

export function logoutElement(sessionId: string): XmlElement {
  return xml("logout", { xmlns: NS.focus, "session-id": sessionId });
}

export async function requestByHttp(url: string, wanted: ConferenceRequest): Promise<ConferenceAnswer> {
  const { room, machineUid, sessionId, token } = wanted;
  let response: Response;
  try {
    response = await fetch(`${url}${url.includes("?") ? "&" : "?"}room=${encodeURIComponent(room)}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({ room, machineUid, sessionId, properties: {} }),
    });
  } catch (error) {
    return { ok: false, reason: "unreachable", text: error instanceof Error ? error.message : "" };
  }
  if (response.status === 403) return { ok: false, reason: "not-authorized", text: await response.text() };
  if (response.status === 400 && (await response.text()).includes("invalid-session")) {
    return { ok: false, reason: "session-invalid", text: "" };
  }
  if (!response.ok) return { ok: false, reason: "unreachable", text: `http ${response.status}` };
  return readJson(await response.json());
}

export function readJson(answer: unknown): ConferenceAnswer {
  const { ready, focusJid, sessionId, identity, properties } = (answer ?? {}) as Record<string, unknown>;
  return {
    ok: true,
    ready: ready === true,
    focusJid: typeof focusJid === "string" ? focusJid : undefined,
    sessionId: typeof sessionId === "string" ? sessionId : undefined,
    identity: typeof identity === "string" && identity !== "" ? identity : undefined,
    hasAuthentication: isRecord(properties) && properties.authentication === "true",
    hasSipGateway: isRecord(properties) && properties.sipGatewayEnabled === "true",
  };
}

/** When to ask again while the focus is not ready or cannot be reached. */
export function retryDelayMs(attempt: number): number {
  return Math.min(500 * 2 ** attempt, 4000);
}
