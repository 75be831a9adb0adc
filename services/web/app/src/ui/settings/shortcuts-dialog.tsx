import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { Dialog } from "../parts/dialog.tsx";
import { KeyList } from "./key-list.tsx";
import "./settings.css";

export function Shortcuts(): JSX.Element {
  const { settings } = useApp();
  return (
    <Dialog title={t("keyboardShortcuts.keyboardShortcuts")}>
      {!settings.shortcuts.value && <p class="hint">{t("keyboardShortcuts.off")}</p>}
      <KeyList />
    </Dialog>
  );
}
