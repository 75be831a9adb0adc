import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import type { RequestConferenceRequest } from "@veche/proto/gen/veche/focus/v1/focus_pb.ts";
import type { OccupantUpdated } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf, childrenOf, type Element, elementsOf } from "../codec/xml/element.ts";
import { defaultLimits } from "../limits.ts";
import { unit } from "../testing/fake-focus.ts";
import { Harness } from "../testing/harness.ts";
import { Administrator, passwordOf } from "../testing/people.ts";
import { conditionOf, type ScriptedClient } from "../testing/scripted-client.ts";
import { tokenEnv, tokenOf, zoe } from "../testing/token-forge.ts";

const room = "standup@muc.meet.jitsi";
const guestHost = "guest.meet.jitsi";

type Asked = { readonly machine?: string; readonly id?: string; readonly room?: string };

async function ask(client: ScriptedClient, { machine = "m1", id, room: other = room }: Asked = {}): Promise<Element> {
  const session = id === undefined ? "" : ` session-id="${id}"`;
  return client.ask(
    `<iq type="set" id="${client.id()}" to="focus.meet.jitsi"><conference xmlns="${ns.focus}" room="${other}" machine-uid="${machine}"${session}/></iq>`,
  );
}

function conference(answer: Element): Element {
  const element = childOf(answer, "conference");
  assert.ok(element, conditionOf(answer));
  return element;
}

function properties(element: Element): Record<string, string | undefined> {
  return Object.fromEntries(childrenOf(element, "property").map(({ attrs }) => [attrs.name, attrs.value]));
}

const lastAsked = ({ focus }: Harness) => focus?.asked.at(-1)?.message as RequestConferenceRequest;

async function school(options: Parameters<typeof Harness.start>[0] = {}) {
  const harness = await Harness.start(options);
  const administrator = await Administrator.start(harness);
  await administrator.add("anna");
  await administrator.add("peter", "pupil");
  await administrator.set({ secureDomain: true });
  return {
    harness,
    administrator,
    [Symbol.asyncDispose]: async () => {
      await administrator[Symbol.asyncDispose]();
      await harness[Symbol.asyncDispose]();
    },
  };
}

async function guest(harness: Harness): Promise<ScriptedClient> {
  const client = await harness.webSocket();
  await client.signIn(guestHost);
  return client;
}

async function teacher(harness: Harness): Promise<ScriptedClient> {
  const client = await harness.webSocket();
  await client.signInWith("anna", passwordOf("anna"));
  return client;
}

test("a teacher is known to the focus, and gets an id to bring back", async () => {
  await using stage = await school();
  const { harness } = stage;
  const client = await teacher(harness);
  const answer = conference(await ask(client));
  assert.match(answer.attrs["session-id"] ?? "", /^[\w-]{32}$/);
  assert.equal(answer.attrs.identity, "anna@meet.jitsi");
  assert.equal(properties(answer).authentication, "true");
  const { authenticated, identity, who } = lastAsked(harness);
  assert.deepEqual([authenticated, identity], [true, "anna@meet.jitsi"]);
  assert.deepEqual([who?.userId, who?.accountRole, who?.entitledModerator], ["anna", "teacher", true]);
  assert.equal(conference(await ask(client)).attrs["session-id"], answer.attrs["session-id"]);
});

test("a pupil is known too, but is no moderator by right", async () => {
  await using stage = await school();
  const { harness } = stage;
  const client = await harness.webSocket();
  await client.signInWith("peter", passwordOf("peter"));
  await ask(client);
  const { authenticated, who } = lastAsked(harness);
  assert.deepEqual([authenticated, who?.accountRole, who?.entitledModerator], [true, "pupil", false]);
});

test("a guest in a room whose browser signs in meanwhile becomes who signed in, for everybody and after a crash", async () => {
  await using stage = await school();
  const { harness } = stage;
  const inside = await guest(harness);
  await inside.enter(room);
  const other = await guest(harness);
  await other.enter(room);
  await inside.enableResume();
  assert.equal(
    childOf(await other.next(({ attrs }) => attrs.from === `${room}/${inside.nick}`), "identity"),
    undefined,
  );
  const id = conference(await ask(await teacher(harness))).attrs["session-id"];
  const answer = conference(await ask(inside, { id }));
  assert.deepEqual([answer.attrs["session-id"], answer.attrs.identity], [id, "anna@meet.jitsi"]);
  assert.equal(lastAsked(harness).authenticated, true);
  const seen = await other.next(
    (stanza) => stanza.attrs.from === `${room}/${inside.nick}` && childOf(stanza, "identity") !== undefined,
  );
  const user = childOf(childOf(seen, "identity") as Element, "user") as Element;
  assert.deepEqual(
    elementsOf(user).map((child) => [child.name, child.getText()]),
    [
      ["id", "anna"],
      ["name", "anna of the school"],
      ["email", "anna@school.example"],
    ],
  );
  await harness.network.idle();
  const update = harness.focus?.of<OccupantUpdated>("occupantUpdated").at(-1)?.occupant;
  assert.deepEqual([update?.authenticated, update?.entitledModerator, update?.accountRole], [true, true, "teacher"]);

  await harness.killAndRestart();
  const back = await harness.webSocket(`?previd=${inside.resumeId}`);
  assert.equal((await back.resume(inside)).name, "resumed");
  assert.equal(conference(await ask(back)).attrs.identity, "anna@meet.jitsi");
  const fresh = await guest(harness);
  assert.equal(conference(await ask(fresh, { id })).attrs.identity, "anna@meet.jitsi");
});

test("an id is good on its machine alone, and no longer than it is for", async () => {
  const clock = new ManualClock(Date.now() + 60_000);
  await using stage = await school({ clock, env: { JICOFO_AUTH_LIFETIME: "1h" } });
  const { harness } = stage;
  const id = conference(await ask(await teacher(harness))).attrs["session-id"] ?? "";
  const client = await guest(harness);
  for (const asked of [{ id, machine: "m2" }, { id: "made-up" }, { id: `${id}x` }]) {
    const answer = await ask(client, asked);
    assert.equal(conditionOf(answer), "not-acceptable");
    assert.ok(childOf(childOf(answer, "error") as Element, "session-invalid", ns.focus));
  }
  assert.equal(conference(await ask(client, { id })).attrs.identity, "anna@meet.jitsi");
  await clock.advance(3_600_000);
  assert.equal(conditionOf(await ask(await guest(harness), { id })), "not-acceptable");
});

test("signing out, and the end of an account, end what was signed in to", async () => {
  await using stage = await school();
  const { harness, administrator } = stage;
  const signedIn = await teacher(harness);
  const id = conference(await ask(signedIn)).attrs["session-id"] ?? "";
  const logout = `<logout xmlns="${ns.focus}" session-id="${id}"/>`;
  const out = await signedIn.ask(`<iq type="set" id="out" to="focus.meet.jitsi">${logout}</iq>`);
  assert.equal(out.attrs.type, "result");
  assert.equal(conditionOf(await ask(await guest(harness), { id })), "not-acceptable");
  const wasSomebody = await guest(harness);
  const second = conference(await ask(signedIn)).attrs["session-id"] ?? "";
  assert.equal(conference(await ask(wasSomebody, { id: second })).attrs.identity, "anna@meet.jitsi");
  await wasSomebody.ask(
    `<iq type="set" id="o2" to="focus.meet.jitsi"><logout xmlns="${ns.focus}" session-id="${second}"/></iq>`,
  );
  assert.equal(conference(await ask(wasSomebody)).attrs.identity, undefined);
  const again = conference(await ask(signedIn)).attrs["session-id"] ?? "";
  assert.notEqual(again, id);
  await administrator.directory.change("anna", { isDisabled: true });
  await harness.network.idle();
  assert.equal(conditionOf(await ask(await guest(harness), { id: again })), "not-acceptable");
});

test("of many machines of one account those that signed in longest ago are forgotten", async () => {
  await using stage = await school({ limits: { loginsPerAccount: 2 } });
  const { harness } = stage;
  const client = await teacher(harness);
  const ids: string[] = [];
  for (const machine of ["m1", "m2", "m3"]) {
    ids.push(conference(await ask(client, { machine })).attrs["session-id"] ?? "");
  }
  const fresh = await guest(harness);
  assert.equal(conditionOf(await ask(fresh, { id: ids[0] ?? "", machine: "m1" })), "not-acceptable");
  assert.equal(conference(await ask(fresh, { id: ids[2] ?? "", machine: "m3" })).attrs.identity, "anna@meet.jitsi");
});

test("the focus may ask who somebody is that comes by HTTP", async () => {
  await using stage = await school({ env: { ...tokenEnv, JWT_ALLOW_EMPTY: "1" } });
  const { harness } = stage;
  const id = conference(await ask(await teacher(harness))).attrs["session-id"] ?? "";
  const roomRef = { tenant: "main", name: "standup", jid: room };
  const identify = (asked: object) => harness.focus?.bus.request(xmpp.identify, { unit }, { room: roomRef, ...asked });
  const known = await identify({ sessionId: id, machineUid: "m1" });
  assert.deepEqual([known?.identity?.userId, known?.sessionId], ["anna", id]);
  assert.equal((await identify({ token: tokenOf(zoe) }))?.identity?.userId, "u-1");
  assert.equal((await identify({}))?.identity?.kind, "anonymous");
  await assert.rejects(async () => identify({ sessionId: "x", machineUid: "m1" }), { code: "failed-precondition" });
  for (const token of ["x.y.z", tokenOf({ ...zoe, room: "other" }), tokenOf({ ...zoe, exp: 1 })]) {
    await assert.rejects(async () => identify({ token }), { code: "permission-denied" });
  }
});

test("a name and a password say who somebody is, and guessing is slowed down as at sign-in", async () => {
  const bruteForce = { ...defaultLimits.bruteForce, attempts: 3, undelayed: 5 };
  await using stage = await school({ limits: { bruteForce } });
  const { harness } = stage;
  const identify = (user: string, password: string, address = "192.0.2.1") =>
    harness.focus?.bus.request(xmpp.identify, { unit }, { user, password, address });
  for (const user of ["anna", "ANNA@meet.jitsi"]) {
    const { identity } = (await identify(user, passwordOf("anna"))) ?? assert.fail();
    assert.deepEqual([identity?.kind, identity?.userId], ["account", "anna"]);
  }
  for (const user of ["anna", "nobody", "anna@elsewhere", "", "@", "a b"].filter((name) => name !== "")) {
    await assert.rejects(async () => identify(user, "wrong"), { code: "permission-denied" }, user);
  }
  for (let attempt = 0; attempt < 2; attempt++) {
    await assert.rejects(async () => identify("anna", "wrong"), { code: "permission-denied" });
  }
  await assert.rejects(async () => identify("anna", passwordOf("anna")), { code: "resource-exhausted" });
  assert.equal((await identify("anna", passwordOf("anna"), "192.0.2.7"))?.identity?.userId, "anna");
});

test("people are sent to sign in at the page itself, or at the one that issues tokens", async () => {
  const asking = `<iq type="get" id="url" to="focus.meet.jitsi"><login-url xmlns="${ns.focus}" room="5%d0%b0@muc.meet.jitsi" machine-uid="m1"/></iq>`;
  await using harness = await Harness.start();
  const answer = await (await harness.client()).ask(asking);
  assert.equal(childOf(answer, "login-url")?.attrs.url, "./5%d0%b0?login=true");
  const env = { ...tokenEnv, JWT_ALLOW_EMPTY: "1", TOKEN_AUTH_URL: "https://sso.example/?to={room}" };
  await using other = await Harness.start({ env });
  const client = await other.client();
  assert.equal(childOf(await client.ask(asking), "login-url")?.attrs.url, "https://sso.example/?to=5%D0%B0");
  assert.equal(properties(conference(await ask(client))).externalAuth, "true");
});
