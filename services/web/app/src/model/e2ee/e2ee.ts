import { computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals-core";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import type { FrameKey } from "../../protocol/e2ee/frame.ts";
import { cleanSecret, keyFromSecret, MIN_SECRET_CHARACTERS } from "../../protocol/e2ee/secret.ts";
import type { FrameTransforms } from "../../protocol/jingle/session.ts";
import { xml } from "../../protocol/xml/element.ts";
import { bareOf } from "../../protocol/xmpp/stanza.ts";
import type { Activity, CallContext } from "../call/activity.ts";
import type { FromFrameWorker, ToFrameWorker, TransformTask } from "./worker-messages.ts";

const FEATURE = "https://jitsi.org/meet/e2ee";
const PROPERTY = "e2ee.enabled";

/**
 * Pictures and sound that only those with the secret can open: neither the server nor a bridge has it. It is told from
 * person to person or stands after the `#` of a link, which browsers don't send. What is written, who is there and who
 * speaks when stays visible to the server.
 */
export class E2ee implements Activity {
  /** What is encrypted of these pictures tells a browser where to cut them into packets. */
  readonly isCodecUnfit: boolean;
  readonly isSupported: boolean;
  /** What one has to know to be seen and heard; undefined while encryption is off. */
  readonly secret = signal<string | undefined>(undefined);
  readonly isOn: ReadonlySignal<boolean> = computed(() => this.secret.value !== undefined);
  /** Sources that come under another key, or under none. */
  readonly unreadable = signal<ReadonlySet<string>>(new Set());
  /** Those who encrypt. */
  readonly encrypting: ReadonlySignal<readonly Occupant[]>;
  /** Those whose browser cannot, and telephones. */
  readonly unable: ReadonlySignal<readonly Occupant[]>;
  /** Others encrypt and we can't open it: somebody has to tell us the secret. */
  readonly isSecretWanted: ReadonlySignal<boolean>;
  readonly #context: CallContext;
  readonly #transforms: FrameTransforms = {
    send: (sender, source, media) => this.#attach(sender, { direction: "send", source, media }),
    receive: (receiver, source, media) => this.#attach(receiver, { direction: "receive", source, media }),
  };
  #worker: Worker | undefined;

  constructor(context: CallContext) {
    this.#context = context;
    const { state, config } = context;
    this.isCodecUnfit = config.videoCodec === "H264" || config.videoCodec === "AV1";
    this.isSupported = "RTCRtpScriptTransform" in globalThis && globalThis.isSecureContext && !this.isCodecUnfit;
    const people = computed(() => [...state.occupants.value.values()]);
    this.encrypting = computed(() => people.value.filter(({ properties }) => properties.get(PROPERTY) === "true"));
    this.unable = computed(() => people.value.filter(({ features }) => !features.has(FEATURE)));
    this.isSecretWanted = computed(() => !this.isOn.value && this.encrypting.value.length > 0);
    if (!this.isSupported) return;
    state.setOwnPresence("e2ee-support", xml("features", {}, xml("feature", { var: FEATURE })));
    effect(() => {
      const isOn = this.isOn.value;
      const element = isOn ? xml(`jitsi_participant_${PROPERTY}`, {}, "true") : undefined;
      untracked(() => state.setOwnPresence("e2ee", element));
    });
  }

  /** False for a secret that is too short. From then on nothing leaves this page unencrypted. */
  async turnOn(typed: string): Promise<boolean> {
    const secret = cleanSecret(typed);
    if (!this.isSupported || secret.length < MIN_SECRET_CHARACTERS) return false;
    this.useKey(await keyFromSecret(secret, bareOf(this.#context.mainRoom)));
    this.secret.value = secret;
    return true;
  }

  /** Whoever embeds the page may bring keys of their own (`setMediaEncryptionKey`); the number tells them apart. */
  useKey(key: FrameKey): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage({ key } satisfies ToFrameWorker);
    this.unreadable.value = new Set();
    this.#context.link.useFrameTransforms(this.#transforms);
  }

  /** Whose frames could be opened has to be found out anew. */
  left(): void {
    this.unreadable.value = new Set();
  }

  turnOff(): void {
    this.secret.value = undefined;
    this.unreadable.value = new Set();
    this.#worker?.postMessage({ key: undefined } satisfies ToFrameWorker);
  }

  #start(): Worker {
    const worker = new Worker(new URL("./frame-worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data: { source, isReadable } }: MessageEvent<FromFrameWorker>) => {
      const unreadable = new Set(this.unreadable.value);
      if (isReadable) unreadable.delete(source);
      else unreadable.add(source);
      this.unreadable.value = unreadable;
    };
    return worker;
  }

  #attach(end: RTCRtpSender | RTCRtpReceiver, task: TransformTask): void {
    if (this.#worker) end.transform = new RTCRtpScriptTransform(this.#worker, task);
  }
}
