import { type EmbeddingMessage, type Fields, readLetter, writeMessage, writeReady } from "./wire.ts";

/** The other window. */
export interface Port {
  /** A greeting says nothing and goes to whatever page is there; the rest is for the right one only. */
  readonly post: (text: string, kind: "greeting" | "message") => void;
  /** Returns what ends the listening. */
  readonly listen: (hear: (data: unknown) => void) => () => void;
}

export interface PeerEvents {
  event(data: Fields): void;
  /** What is returned is the answer; what is thrown is an answer too. */
  request(data: Fields): unknown;
}

const READY_EVERY_MS = 50;
/** After so long the other side is asked less often: it may never come. */
const EAGER_MS = 10_000;
const PATIENT_EVERY_MS = 1000;
/** What waits for the other side; the rest is lost, as nobody reads thousands of old events. */
export const MAX_WAITING = 1000;

interface Question {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** One end of the talk between an embedding page and the app: says hello until answered, then events and requests. */
export class Peer {
  readonly #scope: string;
  readonly #port: Port;
  readonly #events: PeerEvents;
  readonly #id = `${Date.now()}-${Math.random()}`;
  readonly #questions = new Map<number | string, Question>();
  readonly #stopListening: () => void;
  readonly #openedAt = Date.now();
  #waiting: EmbeddingMessage[] = [];
  #isReady = false;
  #isClosed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastQuestion = 0;

  constructor(scope: string, port: Port, events: PeerEvents) {
    this.#scope = scope;
    this.#port = port;
    this.#events = events;
    this.#stopListening = port.listen((data) => this.#hear(data));
    this.#sayHello();
  }

  tell(data: Fields): void {
    this.#send({ type: "event", data });
  }

  ask(data: Fields): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(new Error("the frame is gone"));
    const id = ++this.#lastQuestion;
    return new Promise((resolve, reject) => {
      this.#questions.set(id, { resolve, reject });
      this.#send({ type: "request", id, data });
    });
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#stopListening();
    this.#waiting = [];
    for (const { reject } of this.#questions.values()) reject(new Error("the frame is gone"));
    this.#questions.clear();
  }

  #sayHello(): void {
    clearTimeout(this.#timer);
    if (this.#isReady || this.#isClosed) return;
    this.#port.post(writeReady(this.#scope, this.#id), "greeting");
    const isEager = Date.now() - this.#openedAt < EAGER_MS;
    this.#timer = setTimeout(() => this.#sayHello(), isEager ? READY_EVERY_MS : PATIENT_EVERY_MS);
  }

  #send(message: EmbeddingMessage): void {
    if (this.#isClosed) return;
    if (this.#isReady) this.#port.post(writeMessage(this.#scope, message), "message");
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(message);
  }

  #hear(data: unknown): void {
    const letter = readLetter(data, this.#scope);
    if (!letter || this.#isClosed) return;
    if (letter.type === "ready") this.#greeted(letter.id);
    else this.#read(letter.message);
  }

  #greeted(id: string): void {
    if (id !== this.#id) {
      // The other side says hello: it hears its own back.
      this.#port.post(writeReady(this.#scope, id), "greeting");
      return;
    }
    if (this.#isReady) return;
    this.#isReady = true;
    clearTimeout(this.#timer);
    for (const message of this.#waiting.splice(0)) this.#send(message);
  }

  #read(message: EmbeddingMessage): void {
    switch (message.type) {
      case "event":
        this.#events.event(message.data);
        return;
      case "request":
        void this.#answer(message.id, message.data);
        return;
      case "response": {
        const question = this.#questions.get(message.id);
        this.#questions.delete(message.id);
        if (message.result !== undefined) question?.resolve(message.result);
        else question?.reject(message.error ?? new Error("Unexpected response format!"));
      }
    }
  }

  async #answer(id: number | string, data: Fields): Promise<void> {
    try {
      const result = await this.#events.request(data);
      this.#send({ type: "response", id, ...(result !== undefined && { result }) });
    } catch (error) {
      this.#send({ type: "response", id, error: error instanceof Error ? error.message : String(error) });
    }
  }
}
