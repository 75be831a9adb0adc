import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import type { Rect } from "../../model/stage/layout.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { usePlace } from "./place.ts";

/** To the people who are not in sight: at both ends of the filmstrip, at both edges of the tiles. */
export function Pager(): JSX.Element | null {
  const { view } = useApp();
  const pages = view.pages.value;
  const page = view.page.value;
  const side = view.strip.value?.side ?? "tiles";
  const element = usePlace<HTMLElement>(
    (): Rect => view.strip.value?.frame ?? { x: 0, y: 0, ...view.area.value },
    () => view.area.value.width,
  );
  const isUpright = side === "end";
  return (
    <nav ref={element} class="pager" data-side={side} hidden={pages < 2} aria-label={t("filmstrip.pages")}>
      <button
        id="page-previous"
        class="page-turn"
        type="button"
        disabled={page === 0}
        aria-label={t("filmstrip.previousPage")}
        title={t("filmstrip.previousPage")}
        onClick={() => view.turnPage(-1)}
      >
        <Icon name={isUpright ? "chevronUp" : "back"} size={20} />
      </button>
      <span class="page-number" role="status">
        {t("filmstrip.pageOf", { page: page + 1, pages })}
      </span>
      <button
        id="page-next"
        class="page-turn"
        type="button"
        disabled={page >= pages - 1}
        aria-label={t("filmstrip.nextPage")}
        title={t("filmstrip.nextPage")}
        onClick={() => view.turnPage(1)}
      >
        <Icon name={isUpright ? "chevronDown" : "forward"} size={20} />
      </button>
    </nav>
  );
}
