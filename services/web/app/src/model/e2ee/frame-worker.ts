// Runs beside the page: every frame sent and received goes through here.
import { type FrameKey, type FrameKind, IvSource, openFrame, sealFrame } from "../../protocol/e2ee/frame.ts";
import type { FromFrameWorker, ToFrameWorker, TransformTask } from "./worker-messages.ts";

// What the standard has and TypeScript's description of pages has not (WebRTC Encoded Transform).
interface EncodedFrame {
  data: ArrayBuffer;
  readonly type?: string;
}

interface Transformer {
  readonly options: TransformTask;
  readonly readable: ReadableStream<EncodedFrame>;
  readonly writable: WritableStream<EncodedFrame>;
}

interface WorkerScope {
  onmessage: ((event: MessageEvent<ToFrameWorker>) => void) | null;
  onrtctransform: ((event: Event & { readonly transformer: Transformer }) => void) | null;
  postMessage(message: FromFrameWorker): void;
}

/** So many frames in a row that can't be opened are no accident on the way. */
const UNREADABLE_FRAMES = 10;

const scope = globalThis as unknown as WorkerScope;
const keys = new Map<number, CryptoKey>();
const ivs = new IvSource();
let sending: FrameKey | undefined;

scope.onmessage = ({ data }) => {
  sending = data.key;
  if (sending) keys.set(sending.number, sending.key);
  else keys.clear();
};

scope.onrtctransform = ({ transformer: { options, readable, writable } }) => {
  const transform = options.direction === "send" ? seal(options) : open(options);
  readable
    .pipeThrough(new TransformStream<EncodedFrame, EncodedFrame>({ transform }))
    .pipeTo(writable)
    // The sender or receiver is gone.
    .catch(() => {});
};

function kindOf({ media }: TransformTask, frame: EncodedFrame): FrameKind {
  return media === "audio" ? "audio" : frame.type === "key" ? "key" : "delta";
}

type Step = (frame: EncodedFrame, out: TransformStreamDefaultController<EncodedFrame>) => Promise<void>;

function seal(task: TransformTask): Step {
  return async (frame, out) => {
    if (sending) frame.data = await sealFrame(frame.data, kindOf(task, frame), sending, ivs.next());
    out.enqueue(frame);
  };
}

function open(task: TransformTask): Step {
  let failures = 0;
  let told: boolean | undefined;
  const tell = (isReadable: boolean) => {
    if (told !== isReadable) scope.postMessage({ source: task.source, isReadable });
    told = isReadable;
  };
  return async (frame, out) => {
    // While encryption is off everything passes; while it is on, nothing that came in the clear does.
    if (!sending) return out.enqueue(frame);
    const opened = await openFrame(frame.data, kindOf(task, frame), (number) => keys.get(number));
    if (opened === undefined) {
      if (++failures === UNREADABLE_FRAMES) tell(false);
      return;
    }
    failures = 0;
    tell(true);
    frame.data = opened;
    out.enqueue(frame);
  };
}
