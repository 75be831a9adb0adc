import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import type { TextKey } from "../../i18n/text-key.ts";
import type { App } from "../../model/app.ts";
import { BackgroundControl } from "../../model/media/background/control.ts";
import { useApp } from "../parts/context.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Icon, type IconName } from "../parts/icons.tsx";
import { AudioTab } from "./audio-tab.tsx";
import { BackgroundTab } from "./background-tab.tsx";
import { ModeratorTab } from "./moderator-tab.tsx";
import { MoreTab } from "./more-tab.tsx";
import { NotificationsTab } from "./notifications-tab.tsx";
import { tab } from "./open.ts";
import { ProfileTab } from "./profile-tab.tsx";
import { ShortcutsTab } from "./shortcuts-tab.tsx";
import { TABS, type Tab } from "./tabs.ts";
import { VideoTab } from "./video-tab.tsx";
import "./settings.css";

interface TabEntry {
  readonly icon: IconName;
  readonly label: TextKey;
  readonly Content: () => JSX.Element;
  readonly isShown?: (app: App) => boolean;
}

const ENTRIES: Readonly<Record<Tab, TabEntry>> = {
  audio: { icon: "speaker", label: "settings.audio", Content: AudioTab },
  video: { icon: "camera", label: "settings.video", Content: VideoTab },
  background: {
    icon: "image",
    label: "virtualBackground.title",
    Content: BackgroundTab,
    isShown: ({ config }) => BackgroundControl.isSupported && !config.rules.value.disableVirtualBackground,
  },
  notifications: { icon: "bell", label: "settings.notifications", Content: NotificationsTab },
  moderator: {
    icon: "shieldCheck",
    label: "settings.moderator",
    Content: ModeratorTab,
    isShown: ({ page, state }) => page.value === "call" && state.isModerator.value,
  },
  profile: {
    icon: "person",
    label: "settings.profile",
    Content: ProfileTab,
    isShown: ({ config }) => !config.rules.value.disableProfile,
  },
  shortcuts: { icon: "keyboard", label: "settings.shortcuts", Content: ShortcutsTab },
  more: { icon: "gear", label: "settings.more", Content: MoreTab },
};

/** Everything takes effect at once: there is nothing to confirm, and nothing to lose. */
export function Settings(): JSX.Element {
  const app = useApp();
  const list = useRef<HTMLDivElement>(null);
  const shown = TABS.filter((each) => ENTRIES[each].isShown?.(app) ?? true);
  const current = shown.includes(tab.value) ? tab.value : "audio";
  const { Content, label } = ENTRIES[current];
  const move = (event: KeyboardEvent) => {
    const next = neighbour(event.key, shown, current);
    if (!next) return;
    event.preventDefault();
    tab.value = next;
    list.current?.querySelector<HTMLElement>(`#settings-tab-${next}`)?.focus();
  };
  return (
    <Dialog title={t("settings.title")}>
      <div class="settings">
        <div
          ref={list}
          class="settings-tabs"
          role="tablist"
          aria-label={t("settings.title")}
          aria-orientation="vertical"
          onKeyDown={move}
        >
          {shown.map((each) => (
            <button
              key={each}
              id={`settings-tab-${each}`}
              class="settings-tab"
              type="button"
              role="tab"
              aria-selected={each === current}
              aria-controls="settings-panel"
              tabIndex={each === current ? 0 : -1}
              onClick={() => {
                tab.value = each;
              }}
            >
              <Icon name={ENTRIES[each].icon} size={20} />
              <span>{t(ENTRIES[each].label)}</span>
            </button>
          ))}
        </div>
        <section
          id="settings-panel"
          class="settings-panel"
          role="tabpanel"
          aria-labelledby={`settings-tab-${current}`}
          data-tab={current}
        >
          <h3>{t(label)}</h3>
          <Content />
        </section>
      </div>
    </Dialog>
  );
}

function neighbour(key: string, shown: readonly Tab[], current: Tab): Tab | undefined {
  const at = shown.indexOf(current);
  if (key === "Home") return shown[0];
  if (key === "End") return shown.at(-1);
  if (key === "ArrowDown" || key === "ArrowRight") return shown[(at + 1) % shown.length];
  if (key === "ArrowUp" || key === "ArrowLeft") return shown.at(at - 1);
  return undefined;
}
