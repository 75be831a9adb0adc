import { useComputed } from "@preact/signals";
import { type JSX, render } from "preact";
import { t } from "../../i18n/i18n.ts";
import type { App } from "../../model/app.ts";
import { AppProvider, useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { Avatar } from "../stage/avatar.tsx";
import { Video } from "../stage/media-elements.tsx";
import { displayName } from "../stage/names.ts";
import { TOOLS, type ToolItem } from "../toolbar/tools.tsx";
import { documentPip, isPipOpen } from "./pip.ts";
import "./pip.css";

const SIZE = { width: 400, height: 260 } as const;
const BUTTONS = ["microphone", "hangup", "camera"];

/** The call in a small window above all others: who speaks, and the buttons one needs in a hurry. */
export async function openPipWindow(app: App): Promise<void> {
  const pip = await documentPip()?.requestWindow(SIZE);
  if (!pip) return;
  const { document: page } = pip;
  for (const sheet of document.querySelectorAll('link[rel="stylesheet"], style'))
    page.head.append(sheet.cloneNode(true));
  Object.assign(page.documentElement.dataset, document.documentElement.dataset);
  page.documentElement.lang = document.documentElement.lang;
  page.documentElement.dir = document.documentElement.dir;
  page.title = document.title;
  page.body.className = "pip";
  isPipOpen.value = true;
  app.quality.hasOwnWindow.value = true;
  pip.addEventListener("pagehide", () => {
    render(null, page.body);
    isPipOpen.value = false;
    app.quality.hasOwnWindow.value = false;
  });
  render(
    <AppProvider value={app}>
      <PipView close={() => pip.close()} />
    </AppProvider>,
    page.body,
  );
}

function PipView({ close }: { readonly close: () => void }): JSX.Element {
  const app = useApp();
  const { view, state, media } = app;
  const isOver = useComputed(() => state.phase.value.name === "ended").value;
  if (isOver) close();
  const shown = useComputed(() => {
    const seen = view.inSight.value.flatMap((key) => view.tiles.value.get(key) ?? []);
    return (
      seen.find(({ key }) => view.large.value.includes(key)) ??
      seen.find(({ endpoint, isSelf }) => !isSelf && endpoint === state.dominant.value) ??
      seen.find(({ isSelf }) => !isSelf) ??
      seen[0]
    );
  }).value;
  const track = useComputed(() =>
    shown?.isSelf ? media.camera.value : state.remoteTracks.value.get(shown?.source ?? ""),
  ).value;
  const comes = useComputed(() => shown !== undefined && view.arrival(shown.key) === "comes").value;
  return (
    <div class="pip-view">
      {shown &&
        (track && shown.hasVideo && comes ? (
          <Video key={shown.key} track={track} contain={shown.kind === "desktop"} mirrored={shown.isSelf} />
        ) : (
          <Avatar id={shown.endpoint} name={shown.name} isPhone={shown.isPhone} />
        ))}
      {shown && <p class="pip-name">{displayName(shown)}</p>}
      <div class="pip-tools" role="toolbar" aria-label={t("toolbar.accessibilityLabel.toolbar")}>
        {TOOLS.filter(({ id }) => BUTTONS.includes(id)).map((item) => (
          <PipTool key={item.id} item={item} />
        ))}
      </div>
    </div>
  );
}

function PipTool({ item }: { readonly item: ToolItem }): JSX.Element {
  const app = useApp();
  const label = t(item.label(app));
  const classes = ["tool", item.isOff?.(app) && "off", item.isDanger && "danger"];
  return (
    <button
      class={classes.filter(Boolean).join(" ")}
      type="button"
      data-tool={item.id}
      aria-label={label}
      title={label}
      onClick={() => item.act(app)}
    >
      <Icon name={item.icon(app)} />
    </button>
  );
}
