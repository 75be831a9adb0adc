import type { ComponentChildren, JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import type { PanelName } from "../../model/call/state.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import "./talk-panel.css";

interface TalkPanelProps {
  readonly name: "chat" | "polls";
  readonly children: ComponentChildren;
}

/** What chat and polls stand in: one head for both, which leads from one to the other. */
export function TalkPanel({ name, children }: TalkPanelProps): JSX.Element {
  const { call, config, state } = useApp();
  const { chat, polls } = call.activities;
  return (
    <aside id={`${name}-panel`} class="talk" aria-label={t(name === "chat" ? "chat.title" : "polls.title")}>
      <header class="talk-top">
        {config.disablePolls ? (
          <h2>{t("chat.title")}</h2>
        ) : (
          <nav class="talk-tabs" aria-label={t("chat.sections")}>
            <Tab panel="chat" label={t("chat.tabs.chat")} count={chat.unread.value} isCurrent={name === "chat"} />
            <Tab panel="polls" label={t("chat.tabs.polls")} count={polls.unread.value} isCurrent={name === "polls"} />
          </nav>
        )}
        <button
          class="button quiet square"
          type="button"
          data-act="close-panel"
          aria-label={t("dialog.close")}
          title={t("dialog.close")}
          onClick={() => state.openPanel(undefined)}
        >
          <Icon name="close" size={20} />
        </button>
      </header>
      {children}
    </aside>
  );
}

interface TabProps {
  readonly panel: PanelName;
  readonly label: string;
  readonly count: number;
  readonly isCurrent: boolean;
}

function Tab({ panel, label, count, isCurrent }: TabProps): JSX.Element {
  const { state } = useApp();
  return (
    <button
      class="talk-tab"
      type="button"
      data-tab={panel}
      aria-current={isCurrent ? "page" : undefined}
      onClick={() => state.openPanel(panel)}
    >
      {label}
      {!isCurrent && count > 0 && (
        <span class="talk-count">
          <span aria-hidden="true">{count}</span>
          <span class="visually-hidden">{t("chat.unreadHere", { count })}</span>
        </span>
      )}
    </button>
  );
}
