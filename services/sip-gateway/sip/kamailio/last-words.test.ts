/** Why Kamailio does not start is told to operators: in the log at error level, and as the reason of ill health. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { createLogger } from "@veche/kit/log.ts";
import { freePort } from "@veche/kit/testing/free-port.ts";
import { Happenings } from "../testing/scene.ts";
import { missing } from "../testing/signalling-suite.ts";
import { openKamailio } from "./open.ts";
import type { KamailioOptions } from "./options.ts";

const given = { skip: missing(["kamailio"]), timeout: 120_000 };
const address = "127.0.0.1";
/** Between its starts; after the last one it has been waited for long enough, 20 s. */
const pausesMs = [200, 400, 800, 1_600, 3_200, 6_400, 7_400];

type Complaint = { readonly msg: string; readonly how?: number; readonly said?: readonly string[] };
type Reachable = { readonly isThere: boolean; readonly why: string | undefined };

/** Options to open it with, and what operators are told. */
async function prepare(stack: AsyncDisposableStack, ports: { udp?: number; tcp?: number; tls?: number }) {
  const directory = await mkdtemp(join(tmpdir(), "veche-kamailio-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const complaints = new Happenings<Complaint>();
  const reachable = new Happenings<Reachable>();
  const options: KamailioOptions = {
    trunks: [],
    listener: {
      incoming: () => {},
      registration: () => {},
      reachable: (isThere, why) => reachable.add({ isThere, why }),
    },
    log: createLogger("test", "error", { write: (line) => complaints.add(JSON.parse(line)) }),
    listen: { address, udp: 0, tcp: 0, tls: 0, ...ports },
    allowsUnknown: true,
    sessionTimer: { expires: 1_800, min: 90 },
    process: { kind: "own", program: "kamailio", directory },
  };
  return { directory, complaints, reachable, options };
}

/** A port that another program holds until `close`. */
const holders = {
  udp: async () => {
    const socket = createSocket("udp4").bind(0, address);
    await once(socket, "listening");
    return { port: socket.address().port, close: () => socket.close() };
  },
  tcp: async () => {
    const server = createServer().listen(0, address);
    await once(server, "listening");
    return { port: (server.address() as AddressInfo).port, close: () => server.close() };
  },
};

for (const transport of ["udp", "tcp"] as const)
  test(`a busy ${transport} port is told, and Kamailio is there once the port is free`, given, async () => {
    await using stack = new AsyncDisposableStack();
    const held = stack.use(new DisposableStack());
    const { port, close } = await holders[transport]();
    held.defer(() => void close());
    const { complaints, reachable, options } = await prepare(stack, { [transport]: port });
    const opening = openKamailio(options);
    opening.catch(() => {});
    const { why } = await reachable.until("its end", ({ isThere }) => !isThere);
    assert.match(why ?? "", /^Kamailio ended with 255; .*Address already in use$/);
    const { how, said } = await complaints.until("its end in the log", ({ msg }) =>
      msg.startsWith("Kamailio has died"),
    );
    assert.equal(how, 255);
    assert.match(said?.join() ?? "", new RegExp(`${transport}_init.*: Address already in use$`));
    held.dispose();
    await using _signalling = await opening;
    assert.deepEqual(await reachable.until("its return", ({ isThere }) => isThere), { isThere: true, why: undefined });
  });

test("a certificate that can't be read is told, and where nobody mends it opening fails with that", given, async () => {
  await using stack = new AsyncDisposableStack();
  const { directory, reachable, options } = await prepare(stack, { tls: await freePort() });
  const certificate = join(directory, "cert.pem");
  await writeFile(certificate, "rubbish");
  const clock = new ManualClock();
  const opening = openKamailio({ ...options, clock, tls: { certificate, key: certificate } });
  opening.catch(() => {});
  for (const pauseMs of pausesMs) {
    const { why } = await reachable.next("its end");
    assert.match(why ?? "", /Unable to load certificate file '.*cert\.pem'/);
    await clock.advance(pauseMs);
  }
  await assert.rejects(opening, { code: "unavailable", message: /found none: .*Unable to load certificate file/ });
});
