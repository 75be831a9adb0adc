/** `node --expose-gc services/xmpp/bench/accounts.ts [count]`: how long a server takes to know its accounts, and their memory. */
import { randomBytes } from "node:crypto";
import { systemClock } from "@veche/kit/clock.ts";
import { silentLog } from "@veche/kit/log.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { NatsServer } from "@veche/kit/nats-server.ts";
import { AccountSchema } from "@veche/proto/gen/veche/xmpp/v1/accounts_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { AccountDirectory } from "../accounts/directory.ts";
import { accountKey, accountMessage } from "../accounts/stored.ts";
import { defaultLimits } from "../limits.ts";

const count = Number(process.argv[2] ?? defaultLimits.accounts.inAll);
const writtenAtOnce = 500;

await using server = await NatsServer.start();
const open = () =>
  NatsBus.open(
    { url: server.url, user: "", password: "" },
    { role: "xmpp", instance: "bench", version: "0" },
    { log: silentLog },
  );

await write();
await measure();

async function write(): Promise<void> {
  await using bus = await open();
  const bucket = await bus.bucket(buckets.accounts, AccountSchema);
  for (let from = 0; from < count; from += writtenAtOnce) {
    const numbers = Array.from({ length: Math.min(writtenAtOnce, count - from) }, (_, index) => from + index);
    await Promise.all(
      numbers.map((number) => bucket.put(accountKey(nameOf(number)), accountMessage(accountOf(number)))),
    );
  }
}

async function measure(): Promise<void> {
  await using bus = await open();
  const before = used();
  const startedMs = performance.now();
  using directory = await AccountDirectory.open(bus, { clock: systemClock, log: silentLog, limits: { inAll: count } });
  const openMs = performance.now() - startedMs;
  const bytes = (used() - before) / directory.size;
  const first = time(() => directory.list({ text: "none of them" }, { after: "", limit: 500 }));
  const list = time(() => directory.list({ text: "none of them" }, { after: "", limit: 500 }));
  const find = time(() => directory.find(nameOf(count >> 1)));
  console.log({
    accounts: directory.size,
    openMs: Math.round(openMs),
    bytesEach: Math.round(bytes),
    firstListMs: first,
    listMs: list,
    findMs: find,
  });
}

function time(action: () => unknown): number {
  const startedMs = performance.now();
  action();
  return Number((performance.now() - startedMs).toFixed(2));
}

function used(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function nameOf(number: number): string {
  return `pupil.number${number}`;
}

function accountOf(number: number) {
  const bytes = (length: number) => new Uint8Array(randomBytes(length));
  const credential = (mechanism: "SCRAM-SHA-256" | "SCRAM-SHA-1", length: number) => ({
    mechanism,
    iterations: 20_000,
    salt: bytes(16),
    storedKey: bytes(length),
    serverKey: bytes(length),
  });
  return {
    name: nameOf(number),
    displayName: `Ученик Номер ${number}`,
    email: `pupil${number}@school.example`,
    role: "pupil" as const,
    group: `${number % 11}а`,
    credentials: [credential("SCRAM-SHA-256", 32), credential("SCRAM-SHA-1", 20)],
    isOneTimePassword: true,
    isDisabled: false,
    createdMs: 1,
    changedMs: 1,
    signedOutMs: 1,
  };
}
