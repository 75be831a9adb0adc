import assert from "node:assert/strict";
import { test } from "node:test";
import { ns } from "../codec/namespaces.ts";
import { type Element, elementsOf } from "../codec/xml/element.ts";
import { defaultLimits } from "../limits.ts";
import { Harness } from "../testing/harness.ts";
import { Administrator, passwordOf } from "../testing/people.ts";
import { finalMessage, readServerFirst, textOf } from "../testing/sasl-client.ts";
import type { ScriptedClient } from "../testing/scripted-client.ts";

const bare = "n=anna,r=clientnonce";
const encode = (text: string) => Buffer.from(text).toString("base64");
const conditionOf = (failure: Element) => elementsOf(failure)[0]?.name;
const credentials = { password: passwordOf("anna"), mechanism: "SCRAM-SHA-256" } as const;

async function begin(client: ScriptedClient, header = "n,,"): Promise<string> {
  client.open();
  await client.next("features");
  client.send(`<auth xmlns="${ns.sasl}" mechanism="SCRAM-SHA-256">${encode(header + bare)}</auth>`);
  return textOf(await client.next("challenge"));
}

async function finish(client: ScriptedClient, message: string): Promise<string | undefined> {
  client.send(`<response xmlns="${ns.sasl}">${encode(message)}</response>`);
  const answer = await client.next(({ name }) => name === "success" || name === "failure");
  return answer.name === "success" ? "success" : conditionOf(answer);
}

async function school(options: Parameters<typeof Harness.start>[0] = {}) {
  const harness = await Harness.start(options);
  const administrator = await Administrator.start(harness);
  await administrator.add("anna");
  await administrator.add("berta");
  return {
    harness,
    [Symbol.asyncDispose]: async () => {
      await administrator[Symbol.asyncDispose]();
      await harness[Symbol.asyncDispose]();
    },
  };
}

test("what a client said on another connection, or twice on this one, signs nobody in", async () => {
  await using stage = await school();
  const { harness } = stage;
  const first = await harness.webSocket();
  const serverFirst = await begin(first);
  const heard = await finalMessage(credentials, bare, serverFirst);
  assert.equal(await finish(first, heard), "success");
  const replay = await harness.webSocket();
  assert.notEqual(await begin(replay), serverFirst);
  assert.equal(await finish(replay, heard), "not-authorized");
  assert.equal(await finish(replay, heard), "malformed-request");
});

test("a proof with another nonce, another channel or one bit turned is wrong", async () => {
  await using stage = await school({ limits: { bruteForce: { ...defaultLimits.bruteForce, undelayed: 100 } } });
  const changes: readonly ((message: string, nonce: string) => string)[] = [
    (message, nonce) => message.replace(nonce, `${nonce}x`),
    (message, nonce) => message.replace(nonce, "clientnonce"),
    (message) => message.replace("c=biws", "c=eSws"),
    (message) => message.replace(/p=(.)/, (_all, one: string) => `p=${one === "A" ? "B" : "A"}`),
    (message) => message.replace(/p=.*/, `p=${encode("short")}`),
    (message) => message.replace(/,p=/, ",x=1,p="),
  ];
  for (const change of changes) {
    const client = await stage.harness.webSocket();
    const serverFirst = await begin(client);
    const message = await finalMessage(credentials, bare, serverFirst);
    const changed = change(message, readServerFirst(serverFirst).nonce);
    assert.notEqual(changed, message);
    assert.equal(await finish(client, changed), "not-authorized", changed);
    client.drop();
  }
});

test("somebody between who takes channel binding away from a client that knows it is noticed", async () => {
  await using stage = await school();
  const client = await stage.harness.webSocket();
  // The client said that it could ("y"); somebody made that "it can't" ("n"), and the client's last word tells.
  const serverFirst = await begin(client, "n,,");
  const message = (await finalMessage(credentials, bare, serverFirst)).replace("c=biws", `c=${encode("y,,")}`);
  assert.equal(await finish(client, message), "not-authorized");
});

test("guessing gets slower, then stops; who sits beside the guesser signs in meanwhile", async () => {
  const limits = { bruteForce: { ...defaultLimits.bruteForce, attempts: 5, firstDelayMs: 20 } };
  await using stage = await school({ limits });
  const { harness } = stage;
  const guess = async () => {
    const client = await harness.webSocket();
    const before = performance.now();
    const condition = conditionOf(await client.tryPassword("anna", "wrong"));
    client.drop();
    return { condition, ms: performance.now() - before };
  };
  const answers = [];
  for (let attempt = 0; attempt < 7; attempt++) answers.push(await guess());
  assert.deepEqual(
    answers.map(({ condition }) => condition),
    [...new Array<string>(5).fill("not-authorized"), "temporary-auth-failure", "temporary-auth-failure"],
  );
  assert.ok((answers[4]?.ms ?? 0) >= 79, `the fifth came after ${answers[4]?.ms} ms`);
  const neighbour = await harness.webSocket();
  await neighbour.signInWith("berta", passwordOf("berta"));
  const anna = await harness.webSocket();
  assert.equal(conditionOf(await anna.tryPassword("anna", passwordOf("anna"))), "temporary-auth-failure");
  const atHome = await harness.webSocket("", { "x-forwarded-for": "198.51.100.7" });
  await atHome.signInWith("anna", passwordOf("anna"));
});

test("many guesses at once are no more than as many one after the other", async () => {
  const limits = { bruteForce: { ...defaultLimits.bruteForce, attempts: 4, undelayed: 100 } };
  await using stage = await school({ limits });
  const guesses = Array.from({ length: 16 }, async () => {
    const client = await stage.harness.webSocket();
    return conditionOf(await client.tryPassword("anna", "wrong"));
  });
  const wrong = (await Promise.all(guesses)).filter((condition) => condition === "not-authorized");
  assert.equal(wrong.length, 4);
});
