import assert from "node:assert/strict";
import { test } from "node:test";
import { ns } from "../codec/namespaces.ts";
import { childrenOf, type Element, elementsOf } from "../codec/xml/element.ts";
import { serialise } from "../codec/xml/serialise.ts";
import { defaultLimits } from "../limits.ts";
import { Harness } from "../testing/harness.ts";
import { Administrator, passwordOf } from "../testing/people.ts";
import { textOf } from "../testing/sasl-client.ts";
import type { ScriptedClient } from "../testing/scripted-client.ts";

const overTls = { "x-forwarded-proto": "https", "x-forwarded-host": "meet.school.example" };

function mechanismsOf(features: Element): string[] {
  const [offered] = childrenOf(features, "mechanisms");
  return offered ? elementsOf(offered).map((mechanism) => mechanism.getText()) : [];
}

async function offered(client: ScriptedClient, domain = "meet.jitsi"): Promise<string[]> {
  client.open(domain);
  return mechanismsOf(await client.next("features"));
}

/** Nobody is made to wait. */
const patient = { bruteForce: { ...defaultLimits.bruteForce, undelayed: 100 } };

const conditionOf = (failure: Element) => elementsOf(failure)[0]?.name;

test("a teacher signs in with SCRAM-SHA-256, SCRAM-SHA-1 and PLAIN, over WebSocket and BOSH", async () => {
  await using harness = await Harness.start();
  await using administrator = await Administrator.start(harness);
  await administrator.add("anna");
  for (const mechanism of ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"] as const) {
    for (const client of [await harness.webSocket("", overTls), await harness.bosh()]) {
      const jid = await client.signInWith("Anna", passwordOf("anna"), mechanism);
      assert.match(jid, /^anna@meet\.jitsi\/.+/);
      await client.settled();
    }
  }
});

test("the open domain takes guests and people with accounts alike, a secure one only those with accounts", async () => {
  await using harness = await Harness.start();
  await using administrator = await Administrator.start(harness);
  assert.deepEqual(await offered(await harness.webSocket("", overTls)), [
    "SCRAM-SHA-256",
    "SCRAM-SHA-1",
    "PLAIN",
    "ANONYMOUS",
  ]);
  await administrator.set({ secureDomain: true });
  assert.deepEqual(await offered(await harness.webSocket("", overTls)), ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"]);
  assert.deepEqual(await offered(await harness.webSocket("", overTls), "guest.meet.jitsi"), ["ANONYMOUS"]);
  await administrator.set({ secureDomain: false });
  assert.ok((await offered(await harness.webSocket())).includes("ANONYMOUS"));
});

test("a domain that became secure after its mechanisms were offered takes no guest any more", async () => {
  await using harness = await Harness.start();
  await using administrator = await Administrator.start(harness);
  const guest = await harness.webSocket();
  assert.ok((await offered(guest)).includes("ANONYMOUS"));
  await administrator.set({ secureDomain: true });
  guest.send(`<auth xmlns="${ns.sasl}" mechanism="ANONYMOUS"/>`);
  assert.equal(conditionOf(await guest.next("failure")), "invalid-mechanism");
});

test("who was in a call as the domain became secure goes on with the stream it had, and opens no new one", async () => {
  await using harness = await Harness.start();
  await using administrator = await Administrator.start(harness);
  const guest = await harness.client();
  await guest.enableResume();
  await administrator.set({ secureDomain: true });
  guest.drop();
  const back = await harness.webSocket(`?previd=${guest.resumeId}`);
  assert.equal((await back.resume(guest)).name, "resumed");
  back.drop();
  const other = await harness.webSocket(`?previd=${guest.resumeId}`);
  await other.authenticate();
  other.send(`<iq type="set" id="b"><bind xmlns="${ns.bind}"/></iq>`);
  assert.equal(elementsOf(await other.next("error"))[0]?.name, "not-authorized");
});

test("PLAIN is for connections nobody listens to: TLS up to a trusted proxy, or the machine itself", async () => {
  await using harness = await Harness.start();
  const inTheClear = await harness.webSocket("", { host: "meet.school.example" });
  assert.ok(!(await offered(inTheClear)).includes("PLAIN"));
  inTheClear.send(`<auth xmlns="${ns.sasl}" mechanism="PLAIN">AGEAYg==</auth>`);
  assert.equal(conditionOf(await inTheClear.next("failure")), "encryption-required");
  assert.ok((await offered(await harness.webSocket("", { host: "localhost:8000" }))).includes("PLAIN"));
  assert.ok((await offered(await harness.webSocket("", overTls))).includes("PLAIN"));
});

test("a wrong password, a name that is not there and a wrong case of the password fail alike", async () => {
  await using harness = await Harness.start({ limits: patient });
  await using administrator = await Administrator.start(harness);
  await administrator.add("anna");
  const tries = [
    ["anna", "wrong"],
    ["nobody", "wrong"],
    ["anna", passwordOf("anna").toUpperCase()],
  ] as const;
  for (const mechanism of ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"] as const) {
    for (const [name, password] of tries) {
      const client = await harness.webSocket();
      const failure = await client.tryPassword(name, password, mechanism);
      assert.equal(serialise(failure), `<failure xmlns="${ns.sasl}"><not-authorized/></failure>`);
      client.drop();
    }
  }
});

test("a disabled account says so only to who knows its password", async () => {
  await using harness = await Harness.start();
  await using administrator = await Administrator.start(harness);
  await administrator.add("anna");
  await administrator.directory.change("anna", { isDisabled: true });
  await harness.network.idle();
  const client = await harness.webSocket();
  assert.equal(conditionOf(await client.tryPassword("anna", "wrong")), "not-authorized");
  assert.equal(conditionOf(await client.tryPassword("anna", passwordOf("anna"))), "account-disabled");
});

test("a name that is not there gets a salt like one that is, and the same one each time", async () => {
  await using harness = await Harness.start();
  const challenge = async () => {
    const client = await harness.webSocket();
    await offered(client);
    const first = Buffer.from("n,,n=nobody,r=abc").toString("base64");
    client.send(`<auth xmlns="${ns.sasl}" mechanism="SCRAM-SHA-256">${first}</auth>`);
    const text = textOf(await client.next("challenge"));
    client.drop();
    return /^r=abc.{20,},s=([^,]{24}),i=20000$/.exec(text)?.[1];
  };
  const salt = await challenge();
  assert.ok(salt);
  assert.equal(await challenge(), salt);
});

const malformed = [
  ["the end of SASL's rope", `<abort xmlns="${ns.sasl}"/>`, "aborted"],
  ["no base64", `<auth xmlns="${ns.sasl}" mechanism="PLAIN">***</auth>`, "incorrect-encoding"],
  ["bytes that are no text", `<auth xmlns="${ns.sasl}" mechanism="PLAIN">/////w==</auth>`, "incorrect-encoding"],
  ["an answer to nothing", `<response xmlns="${ns.sasl}">=</response>`, "malformed-request"],
  ["an unknown mechanism", `<auth xmlns="${ns.sasl}" mechanism="SCRAM-SHA-256-PLUS">=</auth>`, "invalid-mechanism"],
  ["PLAIN without a password", plain("\0anna\0"), "malformed-request"],
  ["PLAIN with too many parts", plain("\0anna\0b\0c"), "malformed-request"],
  ["PLAIN for somebody else", plain("berta@meet.jitsi\0anna\0b"), "invalid-authzid"],
  ["SCRAM that wants channel binding", scram("p=tls-unique,,n=anna,r=abc"), "malformed-request"],
  ["SCRAM with an extension that has to be understood", scram("n,,m=x,n=anna,r=abc"), "malformed-request"],
  ["SCRAM for somebody else", scram("n,a=berta@meet.jitsi,n=anna,r=abc"), "invalid-authzid"],
  ["SCRAM with a name that is escaped wrongly", scram("n,,n=an=na,r=abc"), "malformed-request"],
  ["SCRAM without a nonce", scram("n,,n=anna,r="), "malformed-request"],
] as const;

function plain(text: string): string {
  return `<auth xmlns="${ns.sasl}" mechanism="PLAIN">${Buffer.from(text).toString("base64")}</auth>`;
}

function scram(text: string): string {
  return `<auth xmlns="${ns.sasl}" mechanism="SCRAM-SHA-256">${Buffer.from(text).toString("base64")}</auth>`;
}

test("what can't be read fails with a word on it, and the stream goes on to the next attempt", async () => {
  await using harness = await Harness.start();
  for (const [what, sent, condition] of malformed) {
    const client = await harness.webSocket();
    await offered(client);
    client.send(sent);
    assert.equal(conditionOf(await client.next("failure")), condition, what);
    client.send(`<auth xmlns="${ns.sasl}" mechanism="ANONYMOUS"/>`);
    await client.next("success");
    client.drop();
  }
});

test("after three attempts a stream is over", async () => {
  await using harness = await Harness.start({ limits: patient });
  const client = await harness.webSocket();
  for (let attempt = 0; attempt < 2; attempt++) {
    assert.equal(conditionOf(await client.tryPassword("anna", "wrong")), "not-authorized");
  }
  assert.equal(elementsOf(await client.tryPassword("anna", "wrong"))[0]?.name, "policy-violation");
});

test("recorders and gateways have accounts of their own, on hosts that are there only with a password", async () => {
  const env = { JIBRI_RECORDER_PASSWORD: "record it", JIGASI_XMPP_PASSWORD: "ring ring" };
  await using harness = await Harness.start({ env });
  const recorder = await harness.webSocket();
  assert.match(
    await recorder.signInWith("recorder", "record it", "SCRAM-SHA-1", "hidden.meet.jitsi"),
    /^recorder@hidden\.meet\.jitsi\//,
  );
  const gateway = await harness.webSocket();
  assert.match(
    await gateway.signInWith("jigasi", "ring ring", "SCRAM-SHA-256", "auth.meet.jitsi"),
    /^jigasi@auth\.meet\.jitsi\//,
  );
  await gateway.settled();
  const wrong = await harness.webSocket();
  assert.equal(
    conditionOf(await wrong.tryPassword("focus", "ring ring", "SCRAM-SHA-1", "auth.meet.jitsi")),
    "not-authorized",
  );
  const asFocus = { JIGASI_XMPP_PASSWORD: "ring", JIGASI_XMPP_USER: "ＦＯＣＵＳ" };
  await assert.rejects(Harness.start({ env: asFocus }), /the focus's own name/);
  const anonymously = await offered(await harness.webSocket(), "hidden.meet.jitsi");
  assert.ok(!anonymously.includes("ANONYMOUS"));

  await using closed = await Harness.start();
  const refused = await closed.webSocket();
  refused.open("hidden.meet.jitsi");
  assert.equal(elementsOf(await refused.next("error"))[0]?.name, "host-unknown");
});

test("an account's name is not to be had by coming anonymously for its stream", async () => {
  await using harness = await Harness.start();
  await using administrator = await Administrator.start(harness);
  await administrator.add("anna");
  const teacher = await harness.webSocket();
  await teacher.signInWith("anna", passwordOf("anna"));
  const previd = await teacher.enableResume();
  for (const domain of ["meet.jitsi", "guest.meet.jitsi"]) {
    const thief = await harness.webSocket(`?previd=${previd}`);
    const jid = await thief.signIn(domain);
    assert.match(jid, /^[0-9a-f]{8}-/);
  }
});

test("an anonymous name is not to be had from another domain", async () => {
  await using harness = await Harness.start();
  const guest = await harness.client();
  await guest.enableResume();
  const thief = await harness.webSocket(`?previd=${guest.resumeId}`);
  assert.notEqual((await thief.signIn("guest.meet.jitsi")).split("@")[0], guest.jid.split("@")[0]);
  thief.send(`<resume xmlns="${ns.sm}" h="0" previd="${guest.resumeId}"/>`);
  await thief.next("failed");
});
