import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { limits } from "../domain/limits.ts";
import { Channel } from "./channel.ts";

test("a client that does not read is let go before what waits for it grows", () => {
  const sent: string[] = [];
  const closed: unknown[] = [];
  const socket = {
    bufferedBytes: 0,
    send: (text: string) => void sent.push(text),
    close: (code: number, reason: string) => void closed.push([code, reason]),
  };
  const channel = new Channel(socket, new ManualClock(), { message: () => {}, fault: () => {} });
  channel.send("one");
  socket.bufferedBytes = limits.channelBufferedBytes + 1;
  channel.send("two");
  channel.send("three");
  assert.deepEqual(sent, ["one"]);
  assert.deepEqual(closed, [[1008, "messages are not being read"]]);
});
