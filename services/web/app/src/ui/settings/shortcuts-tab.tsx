import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { KeyList } from "./key-list.tsx";
import { KeptSwitch } from "./switch.tsx";

export function ShortcutsTab(): JSX.Element {
  const { settings } = useApp();
  return (
    <>
      <KeptSwitch id="keyboard-shortcuts" text={t("settings.keyboardShortcuts")} choice={settings.shortcuts} />
      <KeyList />
    </>
  );
}
