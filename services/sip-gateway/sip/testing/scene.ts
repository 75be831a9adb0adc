/** An implementation of Signalling under test, and what a test wants to know of it. */
import { freePort } from "@veche/kit/testing/free-port.ts";
import type {
  Dialog,
  DialogListener,
  IncomingCall,
  OutgoingListener,
  Registration,
  Signalling,
  Trunk,
} from "../signalling.ts";
import { type PhoneTransport, RawPhone } from "./raw-phone.ts";

export type OpenOptions = {
  readonly trunks: readonly Trunk[];
  readonly listener: {
    incoming(call: IncomingCall): void;
    registration(registration: Registration): void;
    reachable(isReachable: boolean): void;
  };
  /** On 127.0.0.1; 0: off. */
  readonly ports: { readonly udp: number; readonly tcp: number; readonly tls: number };
  /** PEM files. */
  readonly tls: { readonly certificate: string; readonly key: string; readonly authorities: string };
  readonly allowsUnknown: boolean;
  readonly sessionTimer: { readonly expires: number; readonly min: number };
  /** Private, empty, there. */
  readonly directory: string;
};

/** One implementation. */
export type Subject = {
  readonly name: string;
  /** Why it cannot be tested here, or false. */
  readonly skip: string | false;
  /** Tests that it cannot pass, and why. */
  readonly cannot?: Readonly<Record<string, string>>;
  readonly open: (options: OpenOptions) => Promise<Signalling>;
  /** Of the SIP process that was opened with that directory. */
  readonly processId: (directory: string) => Promise<number>;
  /** Path of a module that exports `open` as above, for a gateway in a process of its own (gateway-process.ts). */
  readonly module: string;
};

export const answeringSdp = [
  "v=0",
  "o=- 1 1 IN IP4 127.0.0.1",
  "s=-",
  "c=IN IP4 127.0.0.1",
  "t=0 0",
  "m=audio 50000 RTP/AVP 0 101",
  "a=rtpmap:101 telephone-event/8000",
  "",
].join("\r\n");

const waitMs = 30_000;

/** What happened, in its order; `next` waits for what has not been asked for yet. */
export class Happenings<T> {
  readonly all: T[] = [];
  #taken = 0;
  #wake: (() => void) | undefined;

  readonly add = (happening: T): void => {
    this.all.push(happening);
    this.#wake?.();
  };

  async next(what: string): Promise<T> {
    return this.until(what, () => true);
  }

  /** Passes over what does not fit. */
  async until(what: string, fits: (happening: T) => boolean): Promise<T> {
    const end = Date.now() + waitMs;
    for (;;) {
      while (this.#taken < this.all.length) {
        const happening = this.all[this.#taken++] as T;
        if (fits(happening)) return happening;
      }
      const leftMs = end - Date.now();
      if (leftMs <= 0) throw new Error(`expected ${what}, found ${JSON.stringify(this.all)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

export class Scene implements AsyncDisposable {
  readonly signalling: Signalling;
  readonly options: OpenOptions;
  readonly calls: Happenings<IncomingCall>;
  readonly registrations: Happenings<Registration>;
  readonly reachable: Happenings<boolean>;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    signalling: Signalling,
    options: OpenOptions,
    happenings: Pick<Scene, "calls" | "registrations" | "reachable">,
    stack: AsyncDisposableStack,
  ) {
    this.signalling = signalling;
    this.options = options;
    this.calls = happenings.calls;
    this.registrations = happenings.registrations;
    this.reachable = happenings.reachable;
    this.#stack = stack;
  }

  static async open(
    subject: Subject,
    given: Omit<OpenOptions, "listener" | "ports" | "trunks" | "allowsUnknown" | "sessionTimer"> &
      Partial<Pick<OpenOptions, "trunks" | "allowsUnknown" | "sessionTimer" | "ports">>,
  ): Promise<Scene> {
    const happenings = {
      calls: new Happenings<IncomingCall>(),
      registrations: new Happenings<Registration>(),
      reachable: new Happenings<boolean>(),
    };
    const options: OpenOptions = {
      trunks: [],
      allowsUnknown: true,
      sessionTimer: { expires: 1_800, min: 90 },
      ports: { udp: await freePort(), tcp: await freePort(), tls: 0 },
      ...given,
      listener: {
        incoming: happenings.calls.add,
        registration: happenings.registrations.add,
        reachable: happenings.reachable.add,
      },
    };
    await using stack = new AsyncDisposableStack();
    const signalling = stack.use(await subject.open(options));
    return new Scene(signalling, options, happenings, stack.move());
  }

  /** A telephone that is closed with the scene. */
  async phone(transport: PhoneTransport = "udp", address?: string): Promise<RawPhone> {
    return this.#stack.use(await RawPhone.open(this.options.ports[transport], transport, address));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

export type DialogTold =
  | { readonly type: "reoffered"; readonly sdp: string }
  | { readonly type: "reanswered"; readonly sdp: string }
  | { readonly type: "info"; readonly contentType: string; readonly body: string }
  | { readonly type: "referred"; readonly to: string }
  | { readonly type: "ended"; readonly cause: "remote" | "timer" | "lost" };

/** Listens, answers offers with `answeringSdp` and everything else as told. */
export function listenTo(
  dialog: Dialog,
  answers: { reoffered?: () => string | number | Promise<string | number>; referred?: number; info?: number } = {},
): Happenings<DialogTold> {
  const told = new Happenings<DialogTold>();
  const listener: DialogListener = {
    reoffered: async (sdp) => {
      told.add({ type: "reoffered", sdp });
      return answers.reoffered?.() ?? answeringSdp;
    },
    reanswered: (sdp) => told.add({ type: "reanswered", sdp }),
    info: (contentType, body) => {
      told.add({ type: "info", contentType, body });
      return answers.info ?? 200;
    },
    referred: (to) => {
      told.add({ type: "referred", to });
      return answers.referred ?? 403;
    },
    ended: (cause) => told.add({ type: "ended", cause }),
  };
  dialog.listen(listener);
  return told;
}

export type OutgoingTold =
  | { readonly type: "ringing"; readonly status: number }
  | { readonly type: "answered"; readonly dialog: Dialog; readonly sdp: string }
  | { readonly type: "failed"; readonly status: number };

export function outgoingListener(): { listener: OutgoingListener; told: Happenings<OutgoingTold> } {
  const told = new Happenings<OutgoingTold>();
  return {
    told,
    listener: {
      ringing: (status) => told.add({ type: "ringing", status }),
      answered: (dialog, sdp) => told.add({ type: "answered", dialog, sdp }),
      failed: (status) => told.add({ type: "failed", status }),
    },
  };
}

export function trunkTo(port: number, given: Partial<Trunk> = {}): Trunk {
  return {
    name: "provider",
    server: "127.0.0.1",
    port,
    transport: "udp",
    account: undefined,
    registers: false,
    dialsOut: true,
    isTrusted: false,
    addresses: [],
    ...given,
  };
}
