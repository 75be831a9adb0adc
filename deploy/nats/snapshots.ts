/**
 * Streams of JetStream as bytes and back, with their sequence numbers, times and durable consumers, while everything runs
 * ($JS.API.STREAM.SNAPSHOT, $JS.API.STREAM.RESTORE). Whoever asks needs all rights of the account.
 */
import type { connectOnce } from "@veche/kit/nats-link.ts";
import { Fault } from "../users/fault.ts";

type Connection = Awaited<ReturnType<typeof connectOnce>>;

const answerMs = 10_000;
/** Between two pieces. A stream of gigabytes is looked through before the first. */
const pieceMs = 120_000;
const chunkBytes = 512 * 1024;

/** As the server describes the stream; what it says is handed back to it as it is. */
export type StreamDescription = {
  readonly config: Readonly<Record<string, unknown>>;
  readonly state: Readonly<Record<string, unknown>>;
};

type Answer = Partial<StreamDescription> & {
  readonly deliver_subject?: string;
  readonly error?: { readonly code: number; readonly description?: string };
};

export type Snapshot = StreamDescription & { readonly pieces: AsyncIterable<Buffer> };

/** Undefined where there is no such stream. The pieces have to be read, in time. */
export async function snapshotOf(connection: Connection, stream: string): Promise<Snapshot | undefined> {
  const inbox = `_INBOX.${crypto.randomUUID()}`;
  const subscription = connection.subscribe(inbox);
  const request = { deliver_subject: inbox, no_consumers: false, jsck: true, chunk_size: chunkBytes };
  const answer = await ask(connection, `$JS.API.STREAM.SNAPSHOT.${stream}`, request).catch((error: unknown) => {
    subscription.unsubscribe();
    throw error;
  });
  if (answer.error?.code === 404) {
    subscription.unsubscribe();
    return undefined;
  }
  const { config, state } = answer;
  if (answer.error || !config || !state) {
    subscription.unsubscribe();
    throw refused(`the stream ${stream} is not handed out`, answer);
  }
  return { config, state, pieces: piecesOf(connection, subscription, stream) };
}

async function* piecesOf(
  connection: Connection,
  subscription: ReturnType<Connection["subscribe"]>,
  stream: string,
): AsyncGenerator<Buffer> {
  const late = watchdog(() => subscription.unsubscribe());
  try {
    for await (const message of subscription) {
      late.again();
      const code = message.headers?.code ?? 0;
      if (code >= 400)
        throw new Fault("refused", `NATS gave up while it handed out ${stream}: ${message.headers?.description}`);
      // The empty one is the last.
      if (message.data.byteLength === 0) return;
      yield Buffer.from(message.data);
      if (message.reply) connection.publish(message.reply);
    }
    throw new Fault("unreachable", `NATS stopped while it handed out ${stream}`);
  } finally {
    late.end();
    subscription.unsubscribe();
  }
}

/** The stream must not be there. Returns how many messages it has then. */
export async function restoreStream(
  connection: Connection,
  { config, state }: StreamDescription,
  pieces: AsyncIterable<Buffer>,
): Promise<number> {
  const name = String(config.name);
  const replicas = connection.info?.cluster === undefined ? 1 : 3;
  const request = { config: { ...config, num_replicas: replicas }, state };
  const answer = await ask(connection, `$JS.API.STREAM.RESTORE.${name}`, request);
  const to = answer.deliver_subject;
  if (answer.error || to === undefined) throw refused(`the stream ${name} can't be restored`, answer);
  for await (const piece of pieces) {
    const taken = (await connection.request(to, piece, { timeout: pieceMs })).string();
    if (taken.startsWith("-ERR") || taken.includes('"error"'))
      throw new Fault("refused", `NATS refuses a piece of ${name}: ${taken}`);
  }
  const last = (await connection.request(to, "", { timeout: pieceMs })).json<Answer>();
  if (last.error) throw refused(`the stream ${name} can't be restored`, last);
  return Number(last.state?.messages ?? 0);
}

/** Names of all streams of the account, those of buckets among them. */
export async function streamNames(connection: Connection): Promise<readonly string[]> {
  const answer = await connection.request("$JS.API.STREAM.NAMES", "", { timeout: answerMs });
  return answer.json<{ readonly streams?: readonly string[] | null }>().streams ?? [];
}

export async function deleteStream(connection: Connection, stream: string): Promise<void> {
  const answer = await ask(connection, `$JS.API.STREAM.DELETE.${stream}`, {});
  if (answer.error && answer.error.code !== 404) throw refused(`the stream ${stream} stays`, answer);
}

async function ask(connection: Connection, subject: string, request: unknown): Promise<Answer> {
  const answer = await connection.request(subject, JSON.stringify(request), { timeout: answerMs });
  return answer.json<Answer>();
}

function refused(what: string, { error }: Answer): Fault {
  return new Fault("refused", `${what}: ${error?.description ?? "NATS says no reason"}`);
}

function watchdog(act: () => void) {
  let timer = setTimeout(act, pieceMs);
  return {
    again: () => {
      clearTimeout(timer);
      timer = setTimeout(act, pieceMs);
    },
    end: () => clearTimeout(timer),
  };
}
