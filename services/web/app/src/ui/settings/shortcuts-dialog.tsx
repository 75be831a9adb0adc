import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { Dialog } from "../parts/dialog.tsx";

export function Shortcuts(): JSX.Element {
  const rows: readonly (readonly [string, string])[] = [
    ["M", `${t("toolbar.mute")} / ${t("toolbar.unmute").toLowerCase()}`],
    ["V", `${t("toolbar.videomute")} / ${t("toolbar.videounmute").toLowerCase()}`],
    ["␣", t("keyboardShortcuts.pushToTalk")],
    ["C", t("toolbar.openChat")],
    ["D", t("toolbar.startScreenSharing")],
    ["R", t("toolbar.raiseHand")],
    ["W", t("toolbar.enterTileView")],
  ];
  return (
    <Dialog title={t("keyboardShortcuts.keyboardShortcuts")}>
      <dl class="keys">
        {rows.map(([key, text]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
