import type { App } from "../../model/app.ts";

/** What Jitsi's lists of buttons call those that have another id here; those without a name are never listed. */
const NAMES: Readonly<Record<string, string>> = {
  audioonly: "videoquality",
  participants: "participants-pane",
  "invite-people": "invite",
  "reaction-sounds": "reactions",
  showselfview: "",
  pip: "",
};

/** Jitsi's name of a button, by which operators and embedding pages mean it. */
export function buttonName(id: string): string {
  return NAMES[id] ?? id;
}

/** Whether the operator, the link or the embedding page wants the button to be there. */
export function isAllowed({ config }: App, id: string): boolean {
  const { toolbarButtons, disableTileView, disableFilmstrip, disableVirtualBackground } = config.rules.value;
  if (id === "tileview" && disableTileView) return false;
  if (id === "filmstrip" && disableFilmstrip) return false;
  if (id === "select-background" && disableVirtualBackground) return false;
  const name = buttonName(id);
  return toolbarButtons === undefined || name === "" || toolbarButtons.has(name);
}
