import { computed, effect, signal } from "@preact/signals-core";
import type { App } from "../model/app.ts";

/** What the frame of the window takes on a phone or as an installed app. */
const FRAME = { light: "#f5f4ef", dark: "#12171a" } as const;

/**
 * Keeps `data-theme` of the page as chosen, or as the system has it. A call is watched for hours and often beside a
 * projector: it is dark unless somebody asks for light.
 */
export function followTheme({ settings, page }: App): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const systemIsDark = signal(system.matches);
  const look = () => {
    systemIsDark.value = system.matches;
  };
  system.addEventListener("change", look);
  const theme = computed(() => {
    const chosen = settings.theme.value;
    if (chosen !== "system") return chosen;
    return systemIsDark.value || page.value === "call" ? "dark" : "light";
  });
  const stop = effect(() => {
    document.documentElement.dataset.theme = theme.value;
    document.querySelector('meta[name="theme-color"]')?.setAttribute("content", FRAME[theme.value]);
  });
  return () => {
    system.removeEventListener("change", look);
    stop();
  };
}
