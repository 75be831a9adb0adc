import { join } from "node:path";
import { freePorts } from "@veche/deploy/local/ports.ts";
import { nodeOptions } from "@veche/deploy/node-options.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { focus, xmpp } from "@veche/proto/subjects.ts";
import { startNats, versionOfOurs } from "../../nats.ts";
import { Program } from "../../process.ts";
import type { Contestant } from "../../rounds.ts";
import { answersHttp, domain, mucDomain, type Server, usageOf } from "./server.ts";

const unit = "bench";

async function start(): Promise<Server> {
  const stack = new AsyncDisposableStack();
  try {
    const ports = await freePorts();
    const port = ports.xmpp;
    const nats = await startNats(stack, ports.nats);
    const entry = join(import.meta.dirname, "veche-process.ts");
    const program = stack.use(
      new Program(process.execPath, [entry], {
        PATH: process.env.PATH,
        NODE_OPTIONS: process.env.BENCH_NODE_OPTIONS ?? nodeOptions("xmpp"),
        NATS_URL: nats.url,
        NATS_USER: "",
        XMPP_PORT: String(port),
        XMPP_DOMAIN: domain,
        XMPP_MUC_DOMAIN: mucDomain,
        XMPP_MAX_OCCUPANTS: "5000",
        XMPP_ROOM_CREATION_PER_MINUTE: "100000",
        VECHE_LISTEN_ADDRESS: "127.0.0.1",
        VECHE_UNIT: unit,
        LOG_LEVEL: "warn",
      }),
    );
    stack.use(await startFocus(nats.url));
    await program.until(() => answersHttp(port, "/health/ready"));
    return {
      target: { port, domain, mucDomain },
      hasFocus: true,
      usage: () => usageOf(program.pid, nats.pid),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** A focus that opens every room it is asked for. */
async function startFocus(url: string): Promise<NatsBus> {
  const identity = { role: "focus", instance: "bench", version: "0" } as const;
  const bus = await NatsBus.open({ url, user: "", password: "" }, identity);
  bus.serve(
    focus.requestConference,
    async ({ room }) => {
      await bus.request(xmpp.openRoom, { unit }, { room, presence: {} });
      return { ready: true, focusJid: `focus@auth.${domain}` };
    },
    { unit },
  );
  return bus;
}

export const veche: Contestant<Server> = {
  name: "veche",
  version: versionOfOurs,
  missing: "there is no nats-server",
  start,
};
