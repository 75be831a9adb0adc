import { childNamed, childrenNamed, textOfChild, type XmlElement } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";

/** What the room says of itself to whoever is in it. */
export interface RoomInfo {
  readonly hasPassword: boolean;
  /** Newcomers wait here until a moderator lets them in; undefined while everybody may enter. */
  readonly lobby: string | undefined;
}

export const openRoom: RoomInfo = { hasPassword: false, lobby: undefined };

export function readRoomInfo(answer: XmlElement): RoomInfo {
  const query = childNamed(answer, "query", NS.discoInfo);
  const features = new Set(childrenNamed(query, "feature").map(({ attrs }) => attrs.var));
  const fields = childrenNamed(childNamed(query, "x", NS.dataForms), "field");
  const lobby = fields.find(({ attrs }) => attrs.var === "muc#roominfo_lobbyroom");
  return {
    hasPassword: features.has("muc_passwordprotected"),
    lobby: features.has("muc_membersonly") ? textOfChild(lobby, "value") || undefined : undefined,
  };
}
