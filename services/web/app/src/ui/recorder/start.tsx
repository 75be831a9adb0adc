import { render } from "preact";
import type { AppConfig } from "../../model/config.ts";
import { Recorder, type RecorderProgress } from "../../model/recorder/recorder.ts";
import type { Place } from "../../model/url.ts";
import { LAYOUTS, layoutOf } from "../../protocol/conference/recording.ts";
import { watchFrames } from "./frame-watch.ts";
import { RecorderPage } from "./recorder-page.tsx";

/** What the program that has opened the page may ask of it, as `window.vecheRecorder`. */
interface RecorderWindow {
  state(): RecorderProgress & {
    /** Of those who are to be seen. */
    readonly participants: number;
    /** Pictures on the page of which frames came in the last five seconds. */
    readonly receivingVideo: number;
    /** Whether the bridge is reached just now. */
    readonly isConnected: boolean;
  };
  /** Throws for what is no layout. */
  setLayout(name: string): void;
}

/** The page as a recorder films it, in place of the app. */
export function startRecorder(config: AppConfig, place: Place, root: HTMLElement): void {
  const recorder = new Recorder(config, place, localStorage);
  const { state, view } = recorder;
  const countAlive = watchFrames();
  const reachable: RecorderWindow = {
    state: () => ({
      ...recorder.progress.value,
      participants: view.people.value.length,
      receivingVideo: countAlive(),
      isConnected: state.ice.value === "connected" || state.ice.value === "completed",
    }),
    setLayout: (name) => {
      const layout = layoutOf(name);
      if (!layout) throw new Error(`expected one of ${LAYOUTS.join(", ")}, found "${name}"`);
      view.layout.value = layout;
    },
  };
  Object.defineProperty(window, "vecheRecorder", { value: Object.freeze(reachable) });
  const measure = () => {
    view.area.value = { width: innerWidth, height: innerHeight };
  };
  addEventListener("resize", measure);
  measure();
  addEventListener("pagehide", () => recorder.leave());
  document.documentElement.dataset.page = "recorder";
  root.replaceChildren();
  render(<RecorderPage recorder={recorder} />, root);
  document.documentElement.dataset.boot = "started";
  recorder.open();
}
