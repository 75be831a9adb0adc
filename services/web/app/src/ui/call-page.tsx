import { signal } from "@preact/signals-core";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n/i18n.ts";
import { Banner } from "./parts/banner.tsx";
import { useApp } from "./parts/context.ts";
import { Notices } from "./parts/notices.tsx";
import { PanelHost } from "./parts/panels.tsx";
import { Knockers } from "./people/knockers.tsx";
import { copyLink } from "./people/meeting-link.ts";
import { Tile } from "./stage/tile.tsx";
import { listenForKeys } from "./toolbar/keys.ts";
import { Toolbar } from "./toolbar/toolbar.tsx";

const IDLE_MS = 4000;
const idle = signal(false);

export function CallPage(): JSX.Element {
  const app = useApp();
  const { state } = app;
  useEffect(() => listenForKeys(app), [app]);
  useEffect(watchIdleness, []);
  return (
    <div class={state.panel.value ? "call with-panel" : "call"} data-idle={idle.value}>
      <header class="call-top">
        <h1 class="room-title">{state.subject.value || app.place.roomName}</h1>
      </header>
      <Tiles />
      <PanelHost />
      <Banner />
      <Notices />
      <Knockers />
      <Toolbar />
    </div>
  );
}

function Tiles(): JSX.Element {
  const { state, view } = useApp();
  const space = useRef<HTMLElement>(null);
  useEffect(() => {
    const element = space.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      view.area.value = { width: element.clientWidth, height: element.clientHeight };
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [view]);
  const tiles = view.tiles.value;
  const stage = view.stage.value?.key;
  const { canvas, rects } = view.layout.value;
  const isAlone = tiles.every(({ isSelf }) => isSelf);
  return (
    <main class="tiles" ref={space}>
      <div class="canvas" style={{ width: `${canvas.width}px`, height: `${canvas.height}px` }}>
        {tiles.map((tile) => (
          <Tile key={tile.key} tile={tile} rect={rects.get(tile.key)} isLarge={tile.key === stage} />
        ))}
      </div>
      {isAlone && state.phase.value.name === "joined" && <Alone />}
      {state.phase.value.name === "joining" && (
        <p class="joining" role="status">
          {t("connectingOverlay.joiningRoom")}
        </p>
      )}
    </main>
  );
}

function Alone(): JSX.Element {
  const app = useApp();
  return (
    <div class="alone">
      <p class="alone-title">{t("addPeople.inviteMoreHeader")}</p>
      <p>{t("addPeople.shareLink")}</p>
      <button class="button" type="button" onClick={() => void copyLink(app)}>
        {t("addPeople.copyLink")}
      </button>
    </div>
  );
}

/** The title fades while nothing moves; the toolbar never hides, for whoever works with keys or a reader. */
function watchIdleness(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stir = () => {
    idle.value = false;
    clearTimeout(timer);
    timer = setTimeout(() => {
      idle.value = true;
    }, IDLE_MS);
  };
  stir();
  const events = ["pointermove", "pointerdown", "keydown"] as const;
  for (const name of events) addEventListener(name, stir);
  return () => {
    clearTimeout(timer);
    for (const name of events) removeEventListener(name, stir);
  };
}
