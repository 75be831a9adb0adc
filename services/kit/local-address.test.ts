import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { addressTowardsNats, localAddressTowards } from "./local-address.ts";

const own = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === "IPv4")?.address;

test("the address towards another host is the one that packets there have", async () => {
  assert.equal(await localAddressTowards("127.0.0.1"), "127.0.0.1");
  assert.equal(await localAddressTowards("localhost"), "127.0.0.1");
  if (own !== undefined) assert.equal(await localAddressTowards(own), own);
});

test("NATS on this very host says nothing of networks, one elsewhere says which is shared", async () => {
  assert.equal(await addressTowardsNats("nats://127.0.0.1:4222"), undefined);
  if (own !== undefined) assert.equal(await addressTowardsNats(`nats://${own}:4222`), own);
});
