import { childNamed, childrenNamed, textOfChild, type XmlElement } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";

/** What the room says of itself to whoever is in it. */
export interface RoomInfo {
  readonly hasPassword: boolean;
  /** Newcomers wait here until a moderator lets them in; undefined while everybody may enter. */
  readonly lobby: string | undefined;
  /** When two people met here, in ms since 1970. */
  readonly createdAt?: number;
}

export const openRoom: RoomInfo = { hasPassword: false, lobby: undefined };

export function readRoomInfo(answer: XmlElement): RoomInfo {
  const query = childNamed(answer, "query", NS.discoInfo);
  const features = new Set(childrenNamed(query, "feature").map(({ attrs }) => attrs.var));
  const fields = childrenNamed(childNamed(query, "x", NS.dataForms), "field");
  const lobby = fields.find(({ attrs }) => attrs.var === "muc#roominfo_lobbyroom");
  const created = fields.find(({ attrs }) => attrs.var === "muc#roominfo_created_timestamp");
  const createdAt = timeOf(textOfChild(created, "value"));
  return {
    hasPassword: features.has("muc_passwordprotected"),
    lobby: features.has("muc_membersonly") ? textOfChild(lobby, "value") || undefined : undefined,
    ...(createdAt !== undefined && { createdAt }),
  };
}

function timeOf(text: string | undefined): number | undefined {
  const time = Number(text ?? "");
  return Number.isFinite(time) && time > 0 ? time : undefined;
}
