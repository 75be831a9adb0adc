import { after, before, suite } from "node:test";
import type { Bus } from "./bus.ts";
import { consumerTests } from "./testing/consumers.ts";
import { closingTests, lostConnectionTests } from "./testing/interruptions.ts";
import { eventTests, requestTests } from "./testing/messages.ts";
import type { BusWorld, Stage } from "./testing/stage.ts";
import { bucketTests, factTests } from "./testing/storage.ts";

/** What both buses have to do alike. */
export function busSuite(name: string, openWorld: () => Promise<BusWorld>): void {
  suite(name, () => {
    let world: BusWorld;
    let xmpp: Bus;
    let focus: Bus;
    let uniqueCount = 0;
    const stage: Stage = {
      get world() {
        return world;
      },
      get xmpp() {
        return xmpp;
      },
      get focus() {
        return focus;
      },
      unique: (what) => `${what}${++uniqueCount}`,
    };

    before(async () => {
      world = await openWorld();
      xmpp = await world.open("xmpp");
      focus = await world.open("focus");
    });
    after(() => world[Symbol.asyncDispose]());

    eventTests(stage);
    requestTests(stage);
    factTests(stage);
    consumerTests(stage);
    bucketTests(stage);
    lostConnectionTests(stage);
    closingTests(stage);
  });
}
