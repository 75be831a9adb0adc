import { computed, effect, type ReadonlySignal, signal } from "@preact/signals-core";
import { Call } from "./call/call.ts";
import { CallState } from "./call/state.ts";
import { Clicks } from "./clicks.ts";
import { applyRules } from "./config/apply-rules.ts";
import type { AppConfig } from "./config.ts";
import { linkFollowMe } from "./follow-me/follow-me.ts";
import { isLibrary } from "./library/address.ts";
import { BackgroundControl } from "./media/background/control.ts";
import { DeviceWatch } from "./media/device-watch.ts";
import { Devices } from "./media/devices.ts";
import { MicrophoneWatch } from "./media/listening/microphone-watch.ts";
import { LocalMedia } from "./media/local-media.ts";
import { useWishedDevices } from "./media/wished-devices.ts";
import { isNetworkCheck } from "./network-check/address.ts";
import { Profile } from "./profile.ts";
import { Quality } from "./quality/quality.ts";
import { soundReactions } from "./reactions/sounds.ts";
import { soundRecording } from "./recording/sounds.ts";
import { remember, remembered } from "./remembered.ts";
import { Settings } from "./settings.ts";
import { soundTheCall } from "./sounds/cues.ts";
import { Sounds } from "./sounds/sounds.ts";
import { StageView } from "./stage/view.ts";
import { SILENCE_DB, VoiceLevels } from "./stage/voice-levels.ts";
import { type Overrides, type Place, roomNode, roomPath } from "./url.ts";
import { ownName, userInToken } from "./welcome/own-name.ts";
import { noteDuration, noteVisit } from "./welcome/recent-rooms.ts";
import { Visit } from "./welcome/visit.ts";
import { noteWayBack, takeWayBack } from "./welcome/way-back.ts";

export type Page =
  | "welcome"
  | "library"
  | "network-check"
  | "prejoin"
  | "waiting"
  | "knocking"
  | "call"
  | "refused"
  | "left";

/** One visit of one address: what page is shown and the call behind it. */
export class App {
  readonly config: AppConfig;
  readonly place: Place;
  readonly state = new CallState();
  readonly settings = new Settings();
  readonly devices = new Devices();
  readonly media: LocalMedia;
  readonly background: BackgroundControl;
  readonly sounds: Sounds;
  readonly deviceWatch: DeviceWatch;
  readonly microphoneWatch: MicrophoneWatch;
  readonly quality: Quality;
  readonly view: StageView;
  readonly call: Call;
  readonly levels: VoiceLevels;
  readonly page: ReadonlySignal<Page>;
  /** The browser refuses to play sound before the first click on the page. */
  readonly soundBlocked = signal(false);
  readonly nameIsFixed: boolean;
  readonly nameIsMissing: ReadonlySignal<boolean>;
  readonly visit: Visit;
  readonly profile: Profile;
  readonly clicks: Clicks;
  /** Whether devices and name are looked at before joining. */
  readonly #looksFirst: boolean;

  constructor(config: AppConfig, place: Place, overrides: Overrides, query: URLSearchParams) {
    this.config = config;
    this.place = place;
    const jwt = query.get("jwt") ?? overrides.get("jwt");
    const token = typeof jwt === "string" ? jwt : undefined;
    const kept = remembered("displayName");
    const wish = overrides.get("userInfo.displayName");
    const { name, isFixed } = ownName({ token, wish, kept, isReadOnly: config.readOnlyName });
    this.state.name.value = name;
    this.nameIsFixed = isFixed;
    const user = userInToken(token);
    this.profile = new Profile(this.state, [
      { email: user.email, avatarUrl: user.avatar },
      { email: overrides.get("userInfo.email"), avatarUrl: overrides.get("userInfo.avatarURL") },
      { email: this.settings.email.peek(), avatarUrl: undefined },
    ]);
    this.clicks = new Clicks(config.rules);
    this.state.notices.isWanted = (text) => {
      const { notifications, disabledNotifications } = config.rules.peek();
      return text === "notify.words" || ((notifications?.has(text) ?? true) && !disabledNotifications.has(text));
    };
    this.nameIsMissing = computed(() => config.requireDisplayName && this.state.name.value.trim() === "");
    const wayBack = takeWayBack(roomPath(place));
    this.#looksFirst = this.nameIsMissing.value || (config.prejoin && wayBack === undefined);
    this.visit = new Visit(this.state.phase, Date.now, (lastedMs) => noteDuration(place, lastedMs));
    this.state.wanted.value = { ...this.state.wanted.value, lastN: config.lastN };
    this.media = new LocalMedia(this.devices, this.settings, {
      audioMuted: wayBack?.audioMuted ?? (config.startWithAudioMuted || config.startSilent),
      videoMuted: wayBack?.videoMuted ?? config.startWithVideoMuted,
      height: config.resolution,
    });
    useWishedDevices(overrides, this.devices, this.media);
    this.background = new BackgroundControl(this.settings, this.media, this.state);
    this.sounds = new Sounds(this.settings, this.devices);
    this.deviceWatch = new DeviceWatch(this.devices, this.media, this.state);
    this.microphoneWatch = new MicrophoneWatch(this.media, this.state, this.sounds);
    this.quality = new Quality(this.state, this.media, this.settings, config.adaptsToMachine);
    const isSelfHidden = computed(() => config.rules.value.disableSelfView);
    this.view = new StageView(this.state, this.media, this.settings, this.quality.limits, isSelfHidden);
    this.call = new Call(
      config,
      { roomName: place.roomName, token: asText(jwt), secret: asText(overrides.get("e2eeKey")) },
      this.state,
      this.media,
    );
    linkFollowMe(this.call.activities.followMe, this.state, this.view, this.settings);
    effect(() => {
      this.state.notices.unwanted.value = this.settings.unwantedNotices.value;
    });
    soundTheCall(this.state, this.call.activities.chat.incoming, this.sounds);
    soundReactions(this.call.activities.reactions, this.sounds);
    soundRecording(this.call.activities.recording, this.sounds);
    this.levels = new VoiceLevels(this.call, this.state, () =>
      this.media.audioMuted.peek() ? SILENCE_DB : this.microphoneWatch.db,
    );
    this.call.activities.lines.looked = (before, now) => this.quality.judgeBetween(before, now);
    effect(() => {
      const { lines } = this.call.activities;
      lines.heldBack.value = this.view.heldBack.value;
    });
    this.page = computed(() => this.#page());
    applyRules(this);
  }

  /** A room page opens at once when its link says so; else devices and name are looked at first. */
  open(): void {
    if (roomNode(this.place.roomName) === "" || isLibrary(this.place) || isNetworkCheck(this.place)) return;
    void this.media.open();
    if (!this.#looksFirst) this.join();
  }

  join(): void {
    if (this.nameIsMissing.value) return;
    if (!this.config.doNotStoreRoom) noteVisit(this.place, Date.now());
    void this.call.start();
  }

  /** To see and hear, and be neither seen nor heard. */
  joinWithoutDevices(): void {
    void this.media.setAudioMuted(true);
    void this.media.setVideoMuted(true);
    this.join();
  }

  /** The next load of this page goes straight into the room, with microphone and camera on or off as they are now. */
  prepareWayBack(): void {
    const { audioMuted, videoMuted } = this.media;
    noteWayBack(roomPath(this.place), { audioMuted: audioMuted.value, videoMuted: videoMuted.value });
  }

  setName(name: string): void {
    this.state.name.value = name;
    remember("displayName", name);
  }

  #page(): Page {
    if (roomNode(this.place.roomName) === "") return "welcome";
    if (isLibrary(this.place)) return "library";
    if (isNetworkCheck(this.place)) return "network-check";
    const phase = this.state.phase.value;
    switch (phase.name) {
      case "idle":
        return "prejoin";
      case "joining":
        if (phase.waitingForHost) return "waiting";
        if (phase.withPassword) return "refused";
        return this.#looksFirst ? "prejoin" : "call";
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
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
