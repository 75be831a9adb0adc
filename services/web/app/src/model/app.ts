import { computed, effect, type ReadonlySignal, signal } from "@preact/signals-core";
import { Call } from "./call/call.ts";
import { CallState } from "./call/state.ts";
import type { AppConfig } from "./config.ts";
import { Devices } from "./media/devices.ts";
import { LocalMedia } from "./media/local-media.ts";
import { remember, remembered } from "./remembered.ts";
import { Settings } from "./settings.ts";
import { StageView } from "./stage/view.ts";
import { type Overrides, type Place, roomNode } from "./url.ts";
import { noteVisit } from "./welcome/recent-rooms.ts";

export type Page = "welcome" | "prejoin" | "waiting" | "knocking" | "call" | "refused" | "left";

/** One visit of one address: what page is shown and the call behind it. */
export class App {
  readonly config: AppConfig;
  readonly place: Place;
  readonly state = new CallState();
  readonly settings = new Settings();
  readonly devices = new Devices();
  readonly media: LocalMedia;
  readonly view: StageView;
  readonly call: Call;
  readonly page: ReadonlySignal<Page>;
  /** The browser refuses to play sound before the first click on the page. */
  readonly soundBlocked = signal(false);

  constructor(config: AppConfig, place: Place, overrides: Overrides, query: URLSearchParams) {
    this.config = config;
    this.place = place;
    const wish = overrides.get("userInfo.displayName") ?? remembered("displayName");
    this.state.name.value = typeof wish === "string" ? wish : "";
    this.state.wanted.value = { ...this.state.wanted.value, lastN: config.lastN };
    this.media = new LocalMedia(this.devices, {
      audioMuted: config.startWithAudioMuted,
      videoMuted: config.startWithVideoMuted,
      height: config.resolution,
    });
    this.view = new StageView(this.state, this.media);
    const jwt = query.get("jwt") ?? overrides.get("jwt");
    this.call = new Call(
      config,
      { roomName: place.roomName, token: typeof jwt === "string" ? jwt : undefined },
      this.state,
      this.media,
    );
    this.page = computed(() => this.#page());
    effect(() => this.#tellOfDeviceTrouble());
  }

  /** A room page opens at once when its link says so; else devices and name are looked at first. */
  open(): void {
    if (roomNode(this.place.roomName) === "") return;
    void this.media.open();
    if (!this.config.prejoin) this.join();
  }

  join(): void {
    noteVisit({ ...this.place, visitedAt: Date.now() });
    void this.call.start();
  }

  setName(name: string): void {
    this.state.name.value = name;
    remember("displayName", name);
  }

  #page(): Page {
    if (roomNode(this.place.roomName) === "") return "welcome";
    const phase = this.state.phase.value;
    switch (phase.name) {
      case "idle":
        return "prejoin";
      case "joining":
        if (phase.waitingForHost) return "waiting";
        return this.config.prejoin ? "prejoin" : "call";
      case "knocking":
        return "knocking";
      case "joined":
        return "call";
      case "refused":
        return "refused";
      case "ended":
        return "left";
    }
  }

  #tellOfDeviceTrouble(): void {
    const { audioProblem, videoProblem } = this.media;
    if (audioProblem.value && this.state.phase.peek().name === "joined")
      this.state.notices.show("notify.micFailed", { kind: "error" });
    if (videoProblem.value && this.state.phase.peek().name === "joined")
      this.state.notices.show("notify.cameraFailed", { kind: "error" });
  }
}
