/** The same call where no UDP gets through: media goes over the bridge's TCP port. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { launchBrowser, withoutBrowser } from "../harness/browser.ts";
import { anna, boris, vera } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { startTestStack } from "../harness/stack.ts";
import { isUdpBlocked, runWithoutUdp, withoutNamespaces } from "../harness/without-udp.ts";

const noBrowser = withoutBrowser();
const noNamespaces = withoutNamespaces();

async function callOverTcp(overrides: readonly string[]): Promise<void> {
  await using stack = await startTestStack();
  const browser = await launchBrowser();
  try {
    const people: Participant[] = [];
    for (const identity of [anna, boris, vera]) {
      people.push(await Participant.join(browser, stack.roomUrl("over tcp"), identity, { overrides }));
    }
    await allPerceiveAll(people, { timeoutMs: 30_000 });
    for (const each of people) {
      const { transport } = await each.stats();
      assert.equal(transport?.protocol, "tcp");
      assert.ok(transport.remote.endsWith(`:${stack.local.ports.mediaTcp}`), transport.remote);
    }
    for (const each of people) assert.deepEqual(each.troubles, []);
  } finally {
    await browser.close();
  }
}

if (isUdpBlocked) {
  test("three people see and hear one another where UDP is blocked", { skip: noBrowser }, () => callOverTcp([]));
} else if (noNamespaces) {
  // The weaker test of the two: the browsers leave UDP out because they are told to.
  test(`three people told to leave UDP out see and hear one another (${noNamespaces})`, { skip: noBrowser }, () =>
    callOverTcp(["config.webrtcIceUdpDisable=true"]),
  );
} else {
  test("three people see and hear one another where UDP is blocked", { skip: noBrowser }, () =>
    runWithoutUdp(import.meta.filename),
  );
}
