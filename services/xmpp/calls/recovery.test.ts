/** kill -9 of the server, with the real NATS. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { silentLog } from "@veche/kit/log.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { findNatsServer, NatsServer } from "@veche/kit/nats-server.ts";
import { StateRecordSchema } from "@veche/proto/gen/veche/xmpp/v1/state_pb.ts";
import type { OccupantLeft } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { FakeFocus } from "../testing/fake-focus.ts";
import { callTo, FakeGateway, presenceOf } from "../testing/fake-gateway.ts";
import { room } from "../testing/meeting.ts";
import { ScriptedClient } from "../testing/scripted-client.ts";

const skip = findNatsServer() ? false : "nats-server is not installed";
const beatMs = 500;

/** A real nats-server with a focus and a gateway on it, and the server as a process. */
class Stage implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  #url = "";
  #child: ChildProcess | undefined;
  #beating: NodeJS.Timeout | undefined;
  focus!: FakeFocus;
  gateway!: FakeGateway;
  port = 0;

  static async make(): Promise<Stage> {
    const stage = new Stage();
    const nats = stage.#stack.use(await NatsServer.start());
    stage.#url = nats.url;
    stage.focus = new FakeFocus(await stage.#bus("focus"));
    stage.gateway = new FakeGateway(await stage.#bus("sip-gateway"));
    stage.#beating = setInterval(() => stage.gateway.beat(), beatMs);
    stage.#stack.defer(() => stage.quieten());
    stage.#stack.defer(() => stage.kill());
    await stage.start();
    return stage;
  }

  async #bus(role: "focus" | "sip-gateway"): Promise<NatsBus> {
    const identity = { role, instance: "0123456789ab", version: "0" };
    return this.#stack.use(
      await NatsBus.open({ url: this.#url, user: "", password: "" }, identity, { log: silentLog }),
    );
  }

  /** On the port it had before, if any. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [join(import.meta.dirname, "../main.ts")], {
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        PATH: process.env.PATH,
        NATS_URL: this.#url,
        NATS_USER: "",
        XMPP_PORT: String(this.port),
        VECHE_LISTEN_ADDRESS: "127.0.0.1",
      },
    });
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      const { msg, port } = JSON.parse(line) as { readonly msg: string; readonly port?: number };
      if (msg !== "listening") continue;
      this.port = port ?? assert.fail("no port was said");
      break;
    }
    assert.ok(this.port > 0, "the server did not start");
    child.stdout.resume();
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child) return;
    const ended = once(child, "exit");
    if (!child.kill("SIGKILL")) return;
    await ended;
  }

  /** The gateway says no more that it lives. */
  quieten(): void {
    clearInterval(this.#beating);
  }

  /** It is written which session the occupant is. */
  async keeps(endpoint: string): Promise<void> {
    const bucket = await this.focus.bus.bucket(buckets.xmppState, StateRecordSchema);
    for (;;) {
      const written = new Set<string>();
      for await (const { value } of bucket.entries()) {
        const { record } = value;
        if (record.case === "occupant" && record.value.endpoint === endpoint) written.add(record.case);
        if (record.case === "session" && record.value.call?.endpoint === endpoint) written.add(record.case);
      }
      if (written.size === 2) return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

test("a call outlives a kill -9 of the server, and leaves when its gateway dies too", { skip }, async () => {
  await using stage = await Stage.make();
  const { focus, gateway } = stage;
  const client = await ScriptedClient.webSocket(stage.port);
  await client.signIn();
  await client.enableResume();
  await client.enter(room);
  const call = callTo(room);
  const before = await gateway.inside(call);
  await client.next(presenceOf(call.endpoint));
  await client.acknowledged();
  await stage.keeps(call.endpoint);

  await stage.kill();
  client.drop();
  await stage.start();
  const after = await gateway.inside(call);
  assert.notEqual(after.instance, before.instance);
  assert.deepEqual([after.participants, after.humans], [2, 1]);
  const again = await ScriptedClient.webSocket(stage.port, `?previd=${client.resumeId}`);
  assert.equal((await again.resume(client)).name, "resumed");
  await gateway.update(call.call, { status: "On hold" });
  await again.next(presenceOf(call.endpoint));
  assert.ok(![...client.stanzas, ...again.stanzas].some(presenceOf(call.endpoint, "unavailable")));
  assert.deepEqual([focus.of("occupantJoined").length, focus.of("occupantLeft").length], [2, 0]);

  stage.quieten();
  await focus.hears(() => focus.of("occupantLeft").length > 0);
  const [left] = focus.of<OccupantLeft>("occupantLeft");
  assert.deepEqual([left?.endpoint, left?.reason], [call.endpoint, "timeout"]);
  again.drop();
});
