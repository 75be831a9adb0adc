import { test } from "node:test";
import { Patience } from "./patience.ts";

test("waiting can be cut short, and then is over for good", async () => {
  const patience = new Patience();
  patience.end();
  const waiting = patience.wait(60_000);
  patience.end();
  await waiting;
  await patience.wait(0);
});
