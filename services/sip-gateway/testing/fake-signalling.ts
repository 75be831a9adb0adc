/** SIP without a network: phones that ring when a test lets them, and remember what they were told. */
import { randomUUID } from "node:crypto";
import { VecheError } from "@veche/kit/errors.ts";
import type {
  Dialog,
  DialogListener,
  DialTarget,
  IncomingCall,
  OutgoingCall,
  OutgoingListener,
  Registration,
  Signalling,
  SignallingListener,
  Trunk,
} from "../sip/signalling.ts";

export const phoneSdp = (port = 4_000, direction = "sendrecv") =>
  [
    "v=0",
    "o=- 1 1 IN IP4 127.0.0.1",
    "s=-",
    "c=IN IP4 127.0.0.1",
    "t=0 0",
    `m=audio ${port} RTP/AVP 8 101`,
    "a=rtpmap:8 PCMA/8000",
    "a=rtpmap:101 telephone-event/8000",
    `a=${direction}`,
    "",
  ].join("\r\n");

export class FakeDialog implements Dialog {
  readonly id: string;
  readonly ackSdp: string;
  readonly infos: string[] = [];
  listener: DialogListener | undefined;
  isHungUp = false;

  constructor(id: string, ackSdp = "") {
    this.id = id;
    this.ackSdp = ackSdp;
  }

  listen(listener: DialogListener): void {
    this.listener = listener;
  }

  async reoffer(): Promise<string> {
    return phoneSdp();
  }

  async info(_contentType: string, body: string): Promise<number> {
    this.infos.push(body);
    return 200;
  }

  hangUp(): void {
    this.isHungUp = true;
  }
}

type RingOptions = {
  readonly from?: string;
  readonly displayName?: string;
  readonly to?: string;
  readonly trunk?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly offer?: string;
  readonly address?: string;
  readonly ackSdp?: string;
};

export class FakePhone implements IncomingCall {
  readonly id = randomUUID();
  readonly from;
  readonly to;
  readonly trunk: string | undefined;
  readonly source;
  readonly headers: ReadonlyMap<string, string>;
  readonly offer: string;
  readonly dialog: FakeDialog;
  isRinging = false;
  sdpAnswer = "";
  rejected: number | undefined;
  #onCancelled: (() => void) | undefined;
  #isCancelled = false;

  constructor(options: RingOptions) {
    this.from = {
      user: options.from ?? "+74951110000",
      host: "provider.example",
      displayName: options.displayName ?? "Anna",
    };
    this.to = { user: options.to ?? "gateway", host: "127.0.0.1", displayName: "" };
    this.trunk = "trunk" in options ? options.trunk : "office";
    this.source = { address: options.address ?? "10.0.0.9", port: 5060, transport: "udp" } as const;
    this.headers = new Map(Object.entries(options.headers ?? {}));
    this.offer = options.offer ?? phoneSdp();
    this.dialog = new FakeDialog(this.id, options.ackSdp);
  }

  ring(): void {
    this.isRinging = true;
  }

  async answer(sdp: string): Promise<Dialog> {
    this.sdpAnswer = sdp;
    return this.dialog;
  }

  reject(status: number): void {
    this.rejected = status;
  }

  onCancelled(listener: () => void): void {
    this.#onCancelled = listener;
    if (this.#isCancelled) listener();
  }

  get isAnswered(): boolean {
    return this.sdpAnswer !== "";
  }

  get isOver(): boolean {
    return this.rejected !== undefined || this.dialog.isHungUp;
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#onCancelled?.();
  }

  /** By SIP INFO. */
  press(keys: string): void {
    for (const key of keys) this.dialog.listener?.info("application/dtmf-relay", `Signal=${key}\r\nDuration=160`);
  }

  say(body: unknown): number | undefined {
    return this.dialog.listener?.info("application/json", JSON.stringify(body));
  }
}

export class FakeOutgoing implements OutgoingCall {
  readonly id: string;
  readonly target: DialTarget;
  readonly listener: OutgoingListener;
  readonly dialog: FakeDialog;
  isCancelled = false;

  constructor(id: string, target: DialTarget, listener: OutgoingListener) {
    this.id = id;
    this.target = target;
    this.listener = listener;
    this.dialog = new FakeDialog(id);
  }

  cancel(): void {
    this.isCancelled = true;
  }

  answer(): void {
    this.listener.answered(this.dialog, phoneSdp());
  }
}

export class FakeSignalling implements Signalling {
  readonly dialled: FakeOutgoing[] = [];
  readonly #listener: SignallingListener;
  readonly #registrations = new Map<string, Registration>();
  isReachable = true;

  constructor(listener: SignallingListener, trunks: readonly Trunk[]) {
    this.#listener = listener;
    for (const { name, registers } of trunks)
      this.#registrations.set(name, {
        trunk: name,
        state: registers ? "registered" : "none",
        status: registers ? 200 : 0,
      });
  }

  get registrations(): readonly Registration[] {
    return [...this.#registrations.values()];
  }

  register(registration: Registration): void {
    this.#registrations.set(registration.trunk, registration);
    this.#listener.registration(registration);
  }

  setReachable(isReachable: boolean, why?: string): void {
    this.isReachable = isReachable;
    this.#listener.reachable(isReachable, why);
  }

  ring(options: RingOptions = {}): FakePhone {
    const phone = new FakePhone(options);
    this.#listener.incoming(phone);
    return phone;
  }

  dial(target: DialTarget, listener: OutgoingListener): OutgoingCall {
    if (!this.isReachable) throw new VecheError("unavailable", "the SIP process is away");
    const outgoing = new FakeOutgoing(`out-${this.dialled.length + 1}`, target, listener);
    this.dialled.push(outgoing);
    return outgoing;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
