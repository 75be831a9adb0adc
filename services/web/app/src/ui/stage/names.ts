import { t } from "../../i18n/i18n.ts";
import type { TileModel } from "../../model/stage/tiles.ts";

export function displayName({ name, isSelf, kind }: TileModel, guest = t("dialog.guest")): string {
  if (kind === "desktop")
    return isSelf ? t("videothumbnail.yourScreen") : t("videothumbnail.screenOf", { name: name || guest });
  if (isSelf) return name ? t("participantsPane.youSuffix", { name }) : t("chat.you");
  return name || guest;
}
