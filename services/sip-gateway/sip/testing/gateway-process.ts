/**
 * A gateway in a process of its own, to be killed: argv holds the module of the implementation and its options as JSON. Calls to
 * "ring…" ring and are not answered; others are answered. A line on its standard input is dialled. It says "ready",
 * "answered", "ringing" and, of a call out, "rings there".
 */
import { createInterface } from "node:readline";
import type { Signalling } from "../signalling.ts";
import { answeringSdp, listenTo, type OpenOptions } from "./scene.ts";

const [module = "", options = "{}"] = process.argv.slice(2);
const say = (text: string) => void process.stdout.write(`${text}\n`);

const { open } = (await import(module)) as { open(options: OpenOptions): Promise<Signalling> };
const signalling = await open({
  ...(JSON.parse(options) as Omit<OpenOptions, "listener">),
  listener: {
    incoming(call) {
      call.ring();
      if (call.to.user.startsWith("ring")) return say("ringing");
      void call.answer(answeringSdp).then((dialog) => {
        listenTo(dialog);
        say("answered");
      });
    },
    registration() {},
    reachable() {},
  },
});
say("ready");
for await (const to of createInterface({ input: process.stdin })) {
  const target = { trunk: undefined, to, from: "", displayName: "", headers: {}, sdp: answeringSdp };
  signalling.dial(target, { ringing: () => say("rings there"), answered: () => {}, failed: () => {} });
}
