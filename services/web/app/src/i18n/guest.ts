import { t } from "./i18n.ts";

/** Who has given no name is a guest. */
export function nameOrGuest(name: string | undefined): string {
  return name || t("dialog.guest");
}
