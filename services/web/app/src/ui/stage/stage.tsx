import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { copyLink } from "../people/meeting-link.ts";
import { LinePopover } from "./line-popover.tsx";
import { Pager } from "./pager.tsx";
import { ScreenSwitch } from "./screen-switch.tsx";
import { StripResizer } from "./strip-resizer.tsx";
import { swipesIn } from "./swipe.ts";
import { Tile } from "./tile.tsx";
import { driveRings } from "./voice-rings.ts";
import { Voices } from "./voices.tsx";
import "./stage.css";

/** Everybody in sight, and the sound of everybody. Only what is in sight is on the page at all. */
export function Stage(): JSX.Element {
  const app = useApp();
  const { call, state, view } = app;
  const space = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const element = space.current;
    if (!element) return;
    const measure = () => {
      view.area.value = { width: element.clientWidth, height: element.clientHeight };
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    const stopSwipes = swipesIn(element, view);
    const stopRings = driveRings(element, app);
    return () => {
      observer.disconnect();
      stopSwipes();
      stopRings();
    };
  }, [app, view]);
  return (
    <main class="tiles" ref={space} data-view={view.large.value.length > 0 ? "stage" : "tiles"}>
      {view.inSight.value.map((key) => (
        <Tile key={key} id={key} />
      ))}
      {view.strip.value && <StripResizer />}
      <Pager />
      <ScreenSwitch />
      <LinePopover />
      <Voices />
      {view.isAlone.value && state.phase.value.name === "joined" && !call.activities.breakoutRooms.isAside.value && (
        <Alone />
      )}
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
