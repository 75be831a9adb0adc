import assert from "node:assert/strict";
import { test } from "node:test";
import type { Room } from "../../protocol/conference/room.ts";
import type { AppConfig } from "../config.ts";
import { DialIn } from "./dial-in.ts";

const numbers = { numbersEnabled: true, numbers: { RU: ["+7 495 123-45-67"] } };
const code = { conference: "5a@muc.m", id: 12345, message: "" };

function begin(config: Partial<AppConfig> = { dialInNumbersUrl: "/numbers", dialInConfCodeUrl: "/code" }) {
  const asked: string[] = [];
  const answers: Record<string, unknown> = { "/numbers": numbers, "/code": code };
  let place: Room | undefined = { jid: "5a@muc.m" } as Room;
  const dialIn = new DialIn({ config: config as AppConfig, room: () => place }, async (url, conference) => {
    asked.push(`${url} ${conference}`);
    const answer = answers[url];
    if (answer instanceof Error) throw answer;
    return answer;
  });
  const goTo = (jid: string) => {
    place = { jid } as Room;
  };
  return { dialIn, asked, answers, goTo };
}

test("numbers and code are asked for the room we are in", async () => {
  const { dialIn, asked } = begin();
  const asking = dialIn.learn();
  assert.ok(dialIn.isAsking.value);
  await asking;
  assert.deepEqual(asked, ["/numbers 5a@muc.m", "/code 5a@muc.m"]);
  assert.deepEqual(dialIn.way.value, {
    numbers: [{ number: "+7 495 123-45-67", country: "RU", isTollFree: false }],
    code: "12345",
  });
  assert.ok(!dialIn.isAsking.value);
});

test("nothing is asked where the operator names no service", async () => {
  const { dialIn, asked } = begin({ dialInNumbersUrl: "/numbers" });
  await dialIn.learn();
  assert.deepEqual([asked, dialIn.way.value], [[], undefined]);
});

test("nothing is known while no gateway runs, and something once it does", async () => {
  for (const none of [new Error("http 503"), { numbersEnabled: false, numbers: {} }, "nonsense"]) {
    const { dialIn, answers } = begin();
    answers["/numbers"] = none;
    const codes: (string | undefined)[] = [];
    for (const answer of [none, numbers]) {
      answers["/numbers"] = answer;
      await dialIn.learn();
      codes.push(dialIn.way.value?.code);
    }
    assert.deepEqual(codes, [undefined, "12345"]);
  }
  const { dialIn, answers } = begin();
  answers["/code"] = { conference: false, id: false, message: "no such conference" };
  await dialIn.learn();
  assert.equal(dialIn.way.value, undefined);
});

test("what was known stands until the next answer", async () => {
  const { dialIn } = begin();
  await dialIn.learn();
  const again = dialIn.learn();
  assert.equal(dialIn.way.value?.code, "12345");
  await again;
});

test("an answer about the room we have left is none about the one we are in", async () => {
  const { dialIn, goTo } = begin();
  const asking = dialIn.learn();
  dialIn.left();
  goTo("one@b.m");
  await asking;
  assert.equal(dialIn.way.value, undefined);
});
