import { type ReadonlySignal, signal } from "@preact/signals-core";
import { isRecord } from "../../protocol/json.ts";
import { ownRecordings } from "../recording/own-recordings.ts";
import { machineUid, remembered } from "../remembered.ts";
import { type Opened, openedBy } from "./address.ts";
import { type Answer, ask, fileAddress } from "./api.ts";
import { type Kept, readKept } from "./kept.ts";

export type LibraryPhase = "loading" | "signed-out" | "ready" | "closed";
/** `closed`: a link that opens nothing any more; `away`: no recorder is there. */
export type LibraryProblem = "wrong" | "later" | "away" | "failed";

const KEYS_AT_ONCE = 50;

/** The recordings of whoever sits here: by account, by keys that this browser has, or by a link. */
export class RecordingLibrary {
  readonly #phase = signal<LibraryPhase>("loading");
  readonly phase: ReadonlySignal<LibraryPhase> = this.#phase;
  readonly #problem = signal<LibraryProblem | undefined>(undefined);
  readonly problem: ReadonlySignal<LibraryProblem | undefined> = this.#problem;
  readonly #user = signal("");
  /** Account; empty: none. */
  readonly user: ReadonlySignal<string> = this.#user;
  readonly #recordings = signal<readonly Kept[]>([]);
  /** The newest first. */
  readonly recordings: ReadonlySignal<readonly Kept[]> = this.#recordings;
  readonly #next = signal("");
  /** Empty: there are no more. */
  readonly next: ReadonlySignal<string> = this.#next;
  readonly opened: Opened;

  constructor(search: string, hash: string) {
    this.opened = openedBy(search, hash);
  }

  async open(): Promise<void> {
    this.#phase.value = "loading";
    this.#problem.value = undefined;
    const { opened } = this;
    if (opened.by !== "account") return this.#openOne(opened);
    const keys = ownRecordings().map(({ id, key }) => ({ recording: id, key }));
    const known = await ask("GET", "/session");
    if (known.status === 0 || known.status >= 500) return this.#fail(known);
    if (!known.isGood) await this.#signInAsInMeeting();
    if (keys.length > 0) await ask("POST", "/session", { keys: keys.slice(0, KEYS_AT_ONCE) });
    await this.load();
  }

  async load(more = false): Promise<void> {
    const session = await ask("GET", "/session");
    if (session.status === 401) {
      this.#user.value = "";
      this.#recordings.value = [];
      this.#phase.value = "signed-out";
      return;
    }
    this.#user.value = isRecord(session.body) && typeof session.body.user === "string" ? session.body.user : "";
    const cursor = more && this.#next.value !== "" ? `&cursor=${encodeURIComponent(this.#next.value)}` : "";
    const answer = await ask("GET", `/recordings?limit=50${cursor}`);
    if (!answer.isGood || !isRecord(answer.body)) return this.#fail(answer);
    const { recordings, next } = answer.body;
    const page = Array.isArray(recordings) ? recordings.map(readKept).filter((kept) => kept !== undefined) : [];
    this.#recordings.value = more ? [...this.#recordings.value, ...page] : page;
    this.#next.value = typeof next === "string" ? next : "";
    this.#problem.value = undefined;
    this.#phase.value = "ready";
  }

  async signIn(user: string, password: string): Promise<boolean> {
    const answer = await ask("POST", "/session", { user, password });
    if (!answer.isGood) {
      this.#problem.value = problemOf(answer);
      return false;
    }
    await this.load();
    return true;
  }

  async signOut(): Promise<void> {
    await ask("DELETE", "/session");
    await this.load();
  }

  async rename(recording: string, title: string): Promise<boolean> {
    const answer = await ask("PATCH", `/recordings/${encodeURIComponent(recording)}`, { title });
    this.#changed(answer);
    return this.#told(answer);
  }

  async remove(recording: string): Promise<boolean> {
    const answer = await ask("DELETE", `/recordings/${encodeURIComponent(recording)}`);
    if (answer.isGood) this.#recordings.value = this.#recordings.value.filter(({ id }) => id !== recording);
    return this.#told(answer);
  }

  /** An address for whoever is to watch it; undefined where that did not work. */
  async share(recording: string, expiresInSeconds: number): Promise<string | undefined> {
    const path = `/recordings/${encodeURIComponent(recording)}/links`;
    const answer = await ask("POST", path, { expiresInSeconds });
    this.#told(answer);
    const link = isRecord(answer.body) ? answer.body.path : undefined;
    if (!answer.isGood || typeof link !== "string") return undefined;
    await this.#lookAgain(recording);
    return new URL(link, location.origin).href;
  }

  /** From now on it opens nothing. */
  async revoke(recording: string, link: string): Promise<boolean> {
    const path = `/recordings/${encodeURIComponent(recording)}/links/${encodeURIComponent(link)}`;
    const answer = await ask("DELETE", path);
    await this.#lookAgain(recording);
    return this.#told(answer);
  }

  address(recording: string, file: string, isDownload = false): string {
    return fileAddress(recording, file, isDownload);
  }

  async #openOne(opened: Exclude<Opened, { by: "account" }>): Promise<void> {
    const { recording } = opened;
    const proof =
      opened.by === "link"
        ? { link: { recording, id: opened.id, secret: opened.secret } }
        : { keys: [{ recording, key: opened.key }] };
    const entered = await ask("POST", "/session", proof);
    const answer = entered.isGood ? await ask("GET", `/recordings/${encodeURIComponent(recording)}`) : entered;
    const kept = answer.isGood ? readKept(answer.body) : undefined;
    if (kept) {
      this.#recordings.value = [kept];
      this.#phase.value = "ready";
    } else if ([401, 403, 404].includes(answer.status)) this.#phase.value = "closed";
    else this.#fail(answer);
  }

  /** Who has signed in to be a host here is known by that. */
  async #signInAsInMeeting(): Promise<void> {
    const sessionId = remembered("sessionId");
    if (typeof sessionId !== "string" || sessionId === "") return;
    await ask("POST", "/session", { sessionId, machineUid: machineUid() });
  }

  async #lookAgain(recording: string): Promise<void> {
    this.#changed(await ask("GET", `/recordings/${encodeURIComponent(recording)}`));
  }

  #changed(answer: Answer): void {
    const changed = answer.isGood ? readKept(answer.body) : undefined;
    if (changed) this.#recordings.value = this.#recordings.value.map((one) => (one.id === changed.id ? changed : one));
  }

  #fail(answer: Answer): void {
    this.#problem.value = problemOf(answer);
    this.#phase.value = "ready";
  }

  #told(answer: Answer): boolean {
    this.#problem.value = answer.isGood ? undefined : problemOf(answer);
    return answer.isGood;
  }
}

function problemOf({ status }: Answer): LibraryProblem {
  if (status === 401) return "wrong";
  if (status === 429) return "later";
  return status === 0 || status >= 502 ? "away" : "failed";
}
