import { nameOrGuest } from "../../i18n/guest.ts";
import { t } from "../../i18n/i18n.ts";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import type { Fields } from "../../protocol/embedding/wire.ts";
import type { App } from "../app.ts";

// People as the embedding API describes them.

export function ownFields({ state, profile }: App): Fields {
  const { value: displayName } = state.name;
  return {
    displayName,
    formattedDisplayName: displayName ? t("participantsPane.youSuffix", { name: displayName }) : t("chat.you"),
    avatarURL: profile.avatarUrl.value || undefined,
    email: profile.email.value || undefined,
  };
}

export function occupantFields({ name, avatarUrl, email }: Occupant): Fields {
  return {
    displayName: name,
    formattedDisplayName: nameOrGuest(name),
    avatarURL: avatarUrl || undefined,
    email: email || undefined,
  };
}

export function roleOf(isModerator: boolean): "moderator" | "participant" {
  return isModerator ? "moderator" : "participant";
}
