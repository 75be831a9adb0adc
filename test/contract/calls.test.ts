/** Telephone calls between the real XMPP server and the real focus; gateway and bridge are scripted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeBridge } from "@veche/focus/testing/bridge.ts";
import { FakeGateway as DialledGateway } from "@veche/focus/testing/gateway.ts";
import { systemClock } from "@veche/kit/clock.ts";
import { MemoryBus } from "@veche/kit/memory-bus.ts";
import { MediaKind } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import type { AskToMuteRequest, InitiateSessionRequest } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { focus } from "@veche/proto/subjects.ts";
import { ns } from "@veche/xmpp/codec/namespaces.ts";
import { childOf } from "@veche/xmpp/codec/xml/element.ts";
import { callTo, FakeGateway } from "@veche/xmpp/testing/fake-gateway.ts";
import { conditionOf } from "@veche/xmpp/testing/scripted-client.ts";
import { eventually } from "../harness/wait.ts";
import { FocusAndXmpp } from "./focus-and-xmpp.ts";
import { JingleClient, source } from "./jingle-client.ts";

const room = "lesson@muc.meet.jitsi";

class Stage implements AsyncDisposable {
  readonly pair: FocusAndXmpp;
  readonly bridge: FakeBridge;
  readonly gateway: FakeGateway;
  readonly #beating: { cancel(): void };

  private constructor(pair: FocusAndXmpp) {
    this.pair = pair;
    this.bridge = new FakeBridge(pair.forBridge("b1"));
    this.gateway = new FakeGateway(new MemoryBus(pair.xmpp.network, { role: "sip-gateway" }));
    this.#beating = systemClock.every(500, () => this.gateway.beat());
  }

  static async open(): Promise<Stage> {
    return new Stage(await FocusAndXmpp.start({ VECHE_ONLY_CALLS_TIMEOUT: "1s" }));
  }

  /** What the focus has told the call of that kind, once it has. */
  async told<T>(type: string): Promise<T> {
    let found: unknown;
    await eventually(`the gateway is told ${type}`, () => {
      found = this.gateway.told.findLast((one) => one.type === type)?.message;
      return found ? undefined : "not yet";
    });
    return found as T;
  }

  /** Returns the name of the call's source. */
  async accepts({ room: ref, endpoint, jingleSession, descriptions }: InitiateSessionRequest): Promise<string> {
    const name = `${endpoint}-a0`;
    const plain = { ip: "127.0.0.1", port: 40_000, srtpSuite: "AEAD_AES_256_GCM", srtpKey: key };
    const sources = [{ name, owner: endpoint, kind: MediaKind.AUDIO, ssrcs: [4_000], msid: `${name} ${name}-track` }];
    const accept = { room: ref ?? {}, endpoint, jingleSession, descriptions, transport: { plain }, sources };
    await this.gateway.bus.request(focus.acceptSession, { unit: "main" }, accept);
    return name;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#beating.cancel();
    this.bridge[Symbol.dispose]();
    await this.pair[Symbol.asyncDispose]();
  }
}

const key = new Uint8Array(44).fill(7);

test("a call is invited with a plain transport, is heard of by everybody, and is muted by a moderator", async () => {
  await using stage = await Stage.open();
  const { pair, gateway } = stage;
  const owner = await JingleClient.enter(pair, room);
  const call = callTo(room);
  await gateway.inside(call);
  assert.equal(await owner.accepts({ audio: source(`${owner.nick}-a0`, 1_000) }), "done");
  const invitation = await stage.told<InitiateSessionRequest>("initiateSession");
  assert.deepEqual([invitation.endpoint, invitation.transport?.plain !== undefined], [call.endpoint, true]);
  assert.ok(
    invitation.descriptions.every(({ kind }) => kind === MediaKind.AUDIO),
    "sound alone is offered",
  );
  const name = await stage.accepts(invitation);
  await eventually("the owner hears of the call's source", () => {
    const all = [...owner.heard("session-initiate"), ...owner.heard("source-add")];
    return all.some((jingle) => jingle.toString().includes(name)) ? undefined : "not yet";
  });
  await eventually("the call has its moderator", () =>
    pair.member(room, owner.nick)?.role === "moderator" ? undefined : pair.member(room, owner.nick)?.role,
  );
  const { client } = owner;
  const mute = `<mute xmlns="${ns.muteAudio}" jid="${room}/${call.endpoint}">true</mute>`;
  const answer = await client.ask(`<iq type="set" id="${client.id()}" to="${room}/focus">${mute}</iq>`);
  assert.equal(answer.attrs.type, "result", conditionOf(answer));
  const asked = await stage.told<AskToMuteRequest>("askToMute");
  assert.deepEqual([asked.endpoint, asked.media, asked.actor], [call.endpoint, "audio", owner.nick]);
});

test("a moderator dials out, and a conference ends with its last human though a call is left", async () => {
  await using stage = await Stage.open();
  const { pair, gateway } = stage;
  const bus = new MemoryBus(pair.xmpp.network, { role: "sip-gateway" });
  using dialled = await DialledGateway.start(bus, systemClock, "gw1");
  const { client: owner } = await JingleClient.enter(pair, room);
  await eventually("the owner is a moderator and a gateway is known", () => {
    const isReady = pair.member(room, owner.nick)?.role === "moderator" && pair.state(room)?.presence.dialsOut;
    return isReady ? undefined : "not yet";
  });
  const dial = `<dial xmlns="${ns.rayo}" from="fromnumber" to="+74951234567"><header name="JvbRoomName" value="${room}"/></dial>`;
  const answer = await owner.ask(`<iq type="set" id="${owner.id()}" to="${room}/focus">${dial}</iq>`);
  const uri = childOf(answer, "ref", ns.rayo)?.attrs.uri ?? "";
  assert.equal(dialled.dialled[0]?.to, "+74951234567", conditionOf(answer));
  const call = callTo(room, { endpoint: uri.slice(`xmpp:${room}/`.length) });
  await gateway.inside(call);
  const hangUp = await owner.ask(
    `<iq type="set" id="${owner.id()}" to="${uri.slice("xmpp:".length)}"><hangup xmlns="${ns.rayo}"/></iq>`,
  );
  assert.equal(hangUp.attrs.type, "result", conditionOf(hangUp));
  await stage.told("hangUp");
  await gateway.leave(call.call);
  const left = callTo(room);
  await gateway.inside(left);
  await owner.close();
  assert.equal((await gateway.out(left.call)).reason, "ended");
});

test("after a crash of the XMPP server a call goes on with the media it has", async () => {
  await using stage = await Stage.open();
  const { pair, gateway } = stage;
  const { client } = await JingleClient.enter(pair, room);
  await client.enableResume();
  const call = callTo(room);
  await gateway.inside(call);
  await stage.accepts(await stage.told<InitiateSessionRequest>("initiateSession"));
  await pair.xmpp.network.idle();
  await pair.xmpp.killAndRestart();
  await gateway.inside(call);
  await eventually("the focus has the call back", () => {
    const member = pair.member(room, call.endpoint);
    return member && !member.interrupted ? undefined : JSON.stringify(member?.interrupted);
  });
  const invitations = gateway.told.filter(({ type }) => type === "initiateSession");
  assert.equal(invitations.length, 1);
  const left = (await pair.facts()).filter(({ name }) => name === "participantLeft");
  assert.deepEqual(left, []);
});
