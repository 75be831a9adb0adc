import { apiEvents, wireCommands } from "../protocol/embedding/names.ts";
import { Peer } from "../protocol/embedding/peer.ts";
import { type Fields, scopeOf } from "../protocol/embedding/wire.ts";
import { openFrame, resizeFrame, type Size } from "./frame.ts";
import { type FrameAddress, frameUrl } from "./frame-url.ts";
import { readKept, writeKept } from "./kept.ts";
import { Listeners } from "./listeners.ts";
import { type ParticipantInfo, People } from "./people.ts";

export interface ApiOptions extends FrameAddress {
  readonly width?: Size;
  readonly height?: Size;
  readonly parentNode?: Node;
  readonly onload?: (event?: unknown) => void;
  readonly invitees?: readonly object[];
  readonly e2eeKey?: unknown;
  readonly sandbox?: string;
}

let nextId = 0;

/** A meeting in a frame of somebody's page, under the names that Jitsi's own script gives everything. */
export class JitsiMeetExternalAPI extends Listeners {
  readonly #frame: HTMLIFrameElement;
  readonly #peer: Peer;
  readonly #people = new People();
  readonly #options: ApiOptions;
  #onStage: string | undefined;
  #delegated: string | undefined;
  #videoQuality: number | undefined;
  #isVisitor = false;

  constructor(domain: string, options: ApiOptions = {}) {
    super();
    const id = nextId++;
    this.#options = options;
    const url = frameUrl(domain, id, { ...options, localStorageContent: readKept() });
    this.#frame = openFrame(url, id, options);
    const { origin } = new URL(url);
    this.#peer = new Peer(
      scopeOf(id),
      {
        post: (text, kind) => this.#post(text, kind === "greeting" ? "*" : origin),
        listen: (hear) => {
          const listener = (event: MessageEvent) => {
            if (event.origin === origin && event.source === this.#frame.contentWindow) hear(event.data);
          };
          addEventListener("message", listener);
          return () => removeEventListener("message", listener);
        },
      },
      { event: (data) => this.#hear(data), request: (data) => this.#answer(data) },
    );
    if (options.invitees && options.invitees.length > 0) void this.invite(options.invitees).catch(() => {});
  }

  addEventListener(event: string, listener: (...args: unknown[]) => void): void {
    this.on(event, listener);
  }

  addEventListeners(listeners: Readonly<Record<string, (...args: unknown[]) => void>>): void {
    for (const [event, listener] of Object.entries(listeners)) this.on(event, listener);
  }

  removeEventListener(event: string): void {
    this.removeAllListeners(event);
  }

  removeEventListeners(events: readonly string[]): void {
    for (const event of events) this.removeAllListeners(event);
  }

  executeCommand(name: string, ...args: unknown[]): void {
    const wireName = wireCommands.get(name);
    if (wireName === undefined) {
      console.error("Not supported command name.");
      return;
    }
    // Browsers show their chooser to whoever has just been clicked, and that was this page.
    this.#delegated = name === "toggleShareScreen" ? "display-capture" : undefined;
    this.#peer.tell({ name: wireName, data: args });
    this.#delegated = undefined;
  }

  executeCommands(commands: Readonly<Record<string, unknown>>): void {
    for (const [name, argument] of Object.entries(commands))
      this.executeCommand(name, ...(Array.isArray(argument) ? argument : [argument]));
  }

  getSupportedCommands(): string[] {
    return [...wireCommands.keys()];
  }

  getSupportedEvents(): string[] {
    return [...apiEvents.values()];
  }

  dispose(): void {
    this.emit("_willDispose");
    this.#peer.close();
    this.removeAllListeners();
    this.#frame.remove();
  }

  getIFrame(): HTMLIFrameElement {
    return this.#frame;
  }

  getParticipantsInfo(): ParticipantInfo[] {
    return this.#people.list;
  }

  getNumberOfParticipants(): number {
    return this.#people.count;
  }

  getAvatarURL(participantId: string): unknown {
    return this.#people.get(participantId)?.avatarURL;
  }

  getDisplayName(participantId: string): unknown {
    return this.#people.get(participantId)?.displayName;
  }

  getEmail(participantId: string): unknown {
    return this.#people.get(participantId)?.email;
  }

  getVideoQuality(): number | undefined {
    return this.#videoQuality;
  }

  isVisitor(): boolean {
    return this.#isVisitor;
  }

  captureLargeVideoScreenshot(): Promise<unknown> {
    return this.#ask("capture-largevideo-screenshot");
  }

  getContentSharingParticipants(): Promise<unknown> {
    return this.#ask("get-content-sharing-participants");
  }

  getCustomAvatarBackgrounds(): Promise<unknown> {
    return this.#ask("get-custom-avatar-backgrounds");
  }

  getDeploymentInfo(): Promise<unknown> {
    return this.#ask("deployment-info");
  }

  getLivestreamUrl(): Promise<unknown> {
    return this.#ask("get-livestream-url");
  }

  getRoomsInfo(): Promise<unknown> {
    return this.#ask("rooms-info");
  }

  getSessionId(): Promise<unknown> {
    return this.#ask("session-id");
  }

  getSharedDocumentUrl(): Promise<unknown> {
    return this.#ask("get-shared-document-url");
  }

  isAudioAvailable(): Promise<unknown> {
    return this.#ask("is-audio-available");
  }

  isAudioDisabled(): Promise<unknown> {
    return this.#ask("is-audio-disabled");
  }

  isAudioMuted(): Promise<unknown> {
    return this.#ask("is-audio-muted");
  }

  isModerationOn(mediaType: string): Promise<unknown> {
    return this.#ask("is-moderation-on", { mediaType });
  }

  isP2pActive(): Promise<unknown> {
    return this.#ask("get-p2p-status");
  }

  isParticipantForceMuted(participantId: string, mediaType: string): Promise<unknown> {
    return this.#ask("is-participant-force-muted", { participantId, mediaType });
  }

  isParticipantsPaneOpen(): Promise<unknown> {
    return this.#ask("is-participants-pane-open");
  }

  isSharingScreen(): Promise<unknown> {
    return this.#ask("is-sharing-screen");
  }

  isStartSilent(): Promise<unknown> {
    return this.#ask("is-start-silent");
  }

  isVideoAvailable(): Promise<unknown> {
    return this.#ask("is-video-available");
  }

  isVideoMuted(): Promise<unknown> {
    return this.#ask("is-video-muted");
  }

  listBreakoutRooms(): Promise<unknown> {
    return this.#ask("list-breakout-rooms");
  }

  invite(invitees: readonly object[]): Promise<unknown> {
    if (!Array.isArray(invitees) || invitees.length === 0) return Promise.reject(new TypeError("Invalid Argument"));
    return this.#ask("invite", { invitees });
  }

  getAvailableDevices(): Promise<unknown> {
    return this.#askOfDevices("getAvailableDevices").catch(reportAndGive({}));
  }

  getCurrentDevices(): Promise<unknown> {
    return this.#askOfDevices("getCurrentDevices").catch(reportAndGive({}));
  }

  isDeviceChangeAvailable(deviceType?: string): Promise<unknown> {
    return this.#askOfDevices("isDeviceChangeAvailable", { deviceType });
  }

  isDeviceListAvailable(): Promise<unknown> {
    return this.#askOfDevices("isDeviceListAvailable");
  }

  isMultipleAudioInputSupported(): Promise<unknown> {
    return this.#askOfDevices("isMultipleAudioInputSupported");
  }

  setAudioInputDevice(label?: string, id?: string): Promise<unknown> {
    return this.#askOfDevices("setDevice", { device: { id, kind: "audioinput", label } });
  }

  setAudioOutputDevice(label?: string, id?: string): Promise<unknown> {
    return this.#askOfDevices("setDevice", { device: { id, kind: "audiooutput", label } });
  }

  setVideoInputDevice(label?: string, id?: string): Promise<unknown> {
    return this.#askOfDevices("setDevice", { device: { id, kind: "videoinput", label } });
  }

  pinParticipant(participantId: string, videoType?: string): void {
    this.executeCommand("pinParticipant", participantId, videoType);
  }

  setLargeVideoParticipant(participantId?: string, videoType?: string): void {
    this.executeCommand("setLargeVideoParticipant", participantId, videoType);
  }

  resizeLargeVideo(width: number, height: number): void {
    const { clientWidth, clientHeight } = this.#frame;
    if (width <= clientWidth && height <= clientHeight) this.executeCommand("resizeLargeVideo", width, height);
  }

  sendProxyConnectionEvent(event: unknown): void {
    this.#peer.tell({ name: "proxy-connection-event", data: [event] });
  }

  setVirtualBackground(enabled: boolean, backgroundImage?: string): void {
    this.executeCommand("setVirtualBackground", enabled, backgroundImage);
  }

  startRecording(options: object): void {
    this.executeCommand("startRecording", options);
  }

  stopRecording(mode: string, transcription?: boolean): void {
    this.executeCommand("stopRecording", mode, transcription);
  }

  toggleE2EE(enabled: boolean): void {
    this.executeCommand("toggleE2EE", enabled);
  }

  /** A key of the page's own for end-to-end encryption; none switches it off. */
  async setMediaEncryptionKey({
    encryptionKey,
    index = 0,
  }: {
    encryptionKey?: CryptoKey;
    index?: number;
  }): Promise<void> {
    const exportedKey = encryptionKey
      ? Array.from(new Uint8Array(await crypto.subtle.exportKey("raw", encryptionKey)))
      : false;
    this.executeCommand("setMediaEncryptionKey", JSON.stringify({ exportedKey, index }));
  }

  _getFormattedDisplayName(participantId: string): unknown {
    return this.#people.get(participantId)?.formattedDisplayName;
  }

  _getOnStageParticipant(): string | undefined {
    return this.#onStage;
  }

  _setSize(height: Size, width: Size): void {
    resizeFrame(this.#frame, height, width);
  }

  #post(text: string, targetOrigin: string): void {
    const window = this.#frame.contentWindow;
    if (this.#delegated !== undefined && navigator.userActivation?.isActive && targetOrigin !== "*") {
      try {
        const options = { targetOrigin, delegate: this.#delegated };
        window?.postMessage(text, options);
        return;
      } catch {
        // A browser that passes on no clicks: the message goes as any other.
      }
    }
    window?.postMessage(text, targetOrigin);
  }

  #hear({ name, ...data }: Fields): void {
    if (typeof name !== "string") return;
    this.#people.hear(name, data);
    switch (name) {
      case "ready":
        // The frame's own load event comes before there is anything to talk to.
        this.#options.onload?.();
        break;
      case "video-conference-joined":
        this.#isVisitor = data.visitor === true;
        this.#passKey();
        break;
      case "on-stage-participant-changed":
        this.#onStage = typeof data.id === "string" ? data.id : undefined;
        this.emit("largeVideoChanged");
        return;
      case "large-video-visibility-changed":
        this.emit("largeVideoChanged");
        return;
      case "on-prejoin-video-changed":
        this.emit("prejoinVideoChanged");
        return;
      case "video-quality-changed":
        this.#videoQuality = Number(data.videoQuality);
        break;
      case "local-storage-changed":
        writeKept(data.localStorageContent);
        return;
    }
    const event = apiEvents.get(name);
    if (event !== undefined) this.emit(event, data);
  }

  #passKey(): void {
    const { e2eeKey } = this.#options;
    const hex = typeof e2eeKey === "string" ? (e2eeKey.match(/../g) ?? []) : undefined;
    const exportedKey = hex?.map((byte) => Number.parseInt(byte, 16));
    if (exportedKey) this.executeCommand("setMediaEncryptionKey", JSON.stringify({ exportedKey, index: 0 }));
  }

  /** The app asks the page for screens to share: only pages in Electron have something to say. */
  #answer({ name, ...request }: Fields): Promise<unknown> {
    if (name !== "_request-desktop-sources") throw new Error("UnknownRequestError");
    return new Promise((resolve, reject) => {
      const answer = (result: unknown, error?: unknown) => (error ? reject(error) : resolve(result));
      if (!this.emit("_requestDesktopSources", request, answer)) reject(new Error("nobody answers in this page"));
    });
  }

  #ask(name: string, more: Fields = {}): Promise<unknown> {
    return this.#peer.ask({ name, ...more });
  }

  #askOfDevices(name: string, more: Fields = {}): Promise<unknown> {
    return this.#peer.ask({ type: "devices", name, ...more });
  }
}

function reportAndGive(value: unknown): (error: unknown) => unknown {
  return (error) => {
    console.error(error);
    return value;
  };
}
