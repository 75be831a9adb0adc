import { nameOrGuest } from "../../i18n/guest.ts";
import { t } from "../../i18n/i18n.ts";
import type { TileModel } from "../../model/stage/tiles.ts";

/** `guest`: what the configuration calls those without a name, where it does. */
export function displayName({ name, isSelf, kind }: TileModel, guest?: string): string {
  const shown = nameOrGuest(name || guest);
  if (kind === "desktop")
    return isSelf ? t("videothumbnail.yourScreen") : t("videothumbnail.screenOf", { name: shown });
  if (isSelf) return name ? t("participantsPane.youSuffix", { name }) : t("chat.you");
  return shown;
}
